import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder that is the context of `docker build`. */
export const BUILD_CONTEXT = join(__dirname, '../..');

/** An instruction, such as `COPY src src`, as its name and its arguments. */
export type Instruction = readonly [name: string, text: string];

/** The instructions of the project's Dockerfile in order, continued lines joined. */
export function instructions(): Instruction[] {
  return readFileSync(join(BUILD_CONTEXT, 'Dockerfile'), 'utf8')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line): Instruction => {
      const [name = ''] = line.split(' ', 1);
      return [name, line.slice(name.length).trim()];
    });
}

/** What `.dockerignore` lets into the build: it refuses everything but the entries with an exclamation mark. */
export function allowedInBuild(): string[] {
  const [refused, ...lines] = readFileSync(join(BUILD_CONTEXT, '.dockerignore'), 'utf8').trim().split('\n');
  if (refused !== '*' || lines.some((line) => !line.startsWith('!')))
    throw new Error('.dockerignore is not a list of what is allowed');
  return lines.map((line) => line.slice(1));
}
