import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { parseConfig } from '../../../src/config/config';
import { ENVIRONMENT } from './sample-documents';

const DATA = join(__dirname, '../../data/config');

/** Files that together have every key of the configuration. */
export const EXAMPLES = ['every-key', 'static', 'jupyterhub', 'ingress'] as const;

/** The text of an example. */
export const exampleText = (name: string): string => readFileSync(join(DATA, `${name}.yaml`), 'utf8');

/** An example as its file has it. */
export const exampleDocument = (name: string): unknown => parse(exampleText(name), { version: '1.1' });

/** An example, loaded. */
export const exampleConfig = (name: string) => parseConfig(exampleText(name), ENVIRONMENT);
