import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder that is the context of `docker build` for the controller's image. */
export const BUILD_CONTEXT = join(__dirname, '../..');
/** The same for the hub's image. */
export const HUB_BUILD_CONTEXT = join(BUILD_CONTEXT, 'hub');

/** An instruction, such as `COPY src src`, as its name and its arguments. */
export type Instruction = readonly [name: string, text: string];

/** The instructions of a context's Dockerfile in order, continued lines joined. */
export function instructions(context: string = BUILD_CONTEXT): Instruction[] {
  return readFileSync(join(context, 'Dockerfile'), 'utf8')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line): Instruction => {
      const [name = ''] = line.split(' ', 1);
      return [name, line.slice(name.length).trim()];
    });
}

/** What `.dockerignore` lets into the build: it refuses everything but the entries with an exclamation mark. */
export function allowedInBuild(context: string = BUILD_CONTEXT): string[] {
  const [refused, ...lines] = readFileSync(join(context, '.dockerignore'), 'utf8').trim().split('\n');
  if (refused !== '*' || lines.some((line) => !line.startsWith('!')))
    throw new Error('.dockerignore is not a list of what is allowed');
  return lines.map((line) => line.slice(1));
}
