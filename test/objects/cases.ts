import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { parseConfig } from '../../src/config/config';
import type { LabObjectsInput } from '../../src/objects/lab/input';

/** Where the cases are, one directory each. */
export const CASES_PATH = join(__dirname, '../data/objects');

/** The names of all cases. */
export const CASES: readonly string[] = readdirSync(CASES_PATH);

const ENVIRONMENT = {
  EXTERNAL_INSTANCE_URL: 'https://data.example',
  REPERTOIRE_BASE_URL: 'https://data.example/repertoire',
  NUBLADO_CONTROLLER_TAG: '15.1.0',
};

const read = (name: string, file: string): string => readFileSync(join(CASES_PATH, name, file), 'utf8');

/** What a case's lab is built from. */
export function inputOf(name: string): LabObjectsInput {
  const { config } = parseConfig(read(name, 'config.yaml'), ENVIRONMENT);
  const request = z.custom<Omit<LabObjectsInput, 'config'>>().parse(parse(read(name, 'request.yaml')));
  return { config, ...request };
}
