import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { allowedInBuild, BUILD_CONTEXT, instructions } from '../support/dockerfile';

/*
 * The steps of the image's build that need no container engine: what the first stage copies is enough to compile, and the
 * commands that the second one writes do what pods expect.
 */

const run = promisify(execFile);

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'image-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** [source, target folder or file] of what a stage copies from the build context. */
function copied(): [string, string][] {
  const [, second] = instructions()
    .map(([name], index) => ({ name, index }))
    .filter(({ name }) => name === 'FROM');
  return instructions()
    .slice(0, second?.index)
    .filter(([name]) => name === 'COPY')
    .flatMap(([, text]) => {
      const words = text.split(' ');
      const target = words.at(-1) ?? '';
      return words
        .slice(0, -1)
        .map((source): [string, string] => [
          source,
          target.endsWith('/') ? join(target, source.split('/').at(-1) ?? '') : target,
        ]);
    });
}

const isAllowed = (path: string): boolean =>
  allowedInBuild().some((entry) => path === entry || path.startsWith(`${entry}/`));

test('what the first stage copies is all that the build needs', async () => {
  const stage = join(directory, 'build');
  await mkdir(stage);
  for (const [source, target] of copied()) {
    if (!isAllowed(source)) throw new Error(`.dockerignore keeps ${source} out of the build`);
    await cp(join(BUILD_CONTEXT, source), join(stage, target), { recursive: true });
  }
  await symlink(join(BUILD_CONTEXT, 'node_modules'), join(stage, 'node_modules'));
  await run('npm', ['run', 'build'], { cwd: stage });
  const { stdout } = await run(process.execPath, [join(stage, 'dist/cli/main.js'), '--help']);
  expect(stdout).toContain('Usage: nublado');
  expect(await readFile(join(stage, 'dist/workflows.js'), 'utf8')).toContain('__TEMPORAL__');
});

test('worblehat passes its options on: without them a file server would authenticate no one', async () => {
  const bin = join(directory, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'nublado'), '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
  const step = instructions().find(([name, text]) => name === 'RUN' && text.includes('/worblehat'));
  const command = step?.[1].replaceAll('/usr/local/bin', bin) ?? '';
  await run('sh', ['-c', command]);
  const { stdout } = await run(join(bin, 'worblehat'), ['--user=rachel', '--hub-api-url=http://hub/a b'], {
    env: { PATH: `${bin}${delimiter}${process.env['PATH']}` },
  });
  expect(stdout.trimEnd().split('\n')).toEqual(['webdav', '--user=rachel', '--hub-api-url=http://hub/a b']);
});
