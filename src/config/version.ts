import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const packageFile: unknown = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8'));

/** The version of the controller, which its images are tagged with. */
export const VERSION: string = (packageFile as { readonly version: string }).version;
