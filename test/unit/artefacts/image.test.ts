import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUILD_CONTEXT, HUB_BUILD_CONTEXT, instructions } from '../../support/dockerfile';

const textOf = (name: string): string => readFileSync(join(BUILD_CONTEXT, name), 'utf8');

const INSTRUCTIONS = instructions();

const argumentsOf = (name: string): string[] =>
  INSTRUCTIONS.filter(([instruction]) => instruction === name).map(([, text]) => text);

/** IDs that are numbers other than 0. */
const NUMERIC_USER = /^[1-9]\d*:[1-9]\d*$/;

describe('the image', () => {
  test('the image is built on one base image only, which a release gives by digest', () => {
    expect(argumentsOf('ARG')).toEqual(['NODE_IMAGE=node:24-bookworm-slim']);
    const bases = argumentsOf('FROM').map((text) => text.split(' ')[0]);
    expect(bases).toEqual(bases.map(() => '${NODE_IMAGE}'));
    expect(bases.length).toBe(2);
  });

  test('the image runs as a user that is given by numbers, and nothing is done as root afterwards', () => {
    expect(argumentsOf('USER').at(-1)).toMatch(NUMERIC_USER);
    const names = INSTRUCTIONS.map(([name]) => name);
    expect(names.slice(names.lastIndexOf('USER') + 1)).toEqual(
      expect.not.arrayContaining(['RUN', 'COPY', 'ADD']),
    );
  });

  test('the program of file servers gets its options, without which it would serve to all', () => {
    const directory = mkdtempSync(join(tmpdir(), 'nublado-image-'));
    const [, text = ''] =
      /printf '([^']+)' > \/usr\/local\/bin\/worblehat/.exec(argumentsOf('RUN').join('\n')) ?? [];
    const programs = { nublado: '#!/bin/sh\necho "$@"\n', worblehat: text.replaceAll('\\n', '\n') };
    for (const [name, script] of Object.entries(programs))
      writeFileSync(join(directory, name), script, { mode: 0o755 });
    const options = { env: { PATH: `${directory}:/usr/bin:/bin` }, encoding: 'utf8' } as const;
    const output = execFileSync(join(directory, 'worblehat'), ['--user=a b', '--hub-api-url=x'], options);
    expect(output).toBe('webdav --user=a b --hub-api-url=x\n');
  });

  test('the image has the packages of the lock file, by their hashes', () => {
    const runs = argumentsOf('RUN').join('\n');
    expect(runs).toMatch(/npm ci /);
    expect(runs).not.toMatch(/npm (?:install|i|update) /);
    expect(argumentsOf('ADD')).toEqual([]);
    expect(textOf('Makefile')).toMatch(/^\t@npm ci /m);
  });
});

describe("the hub's image", () => {
  const steps = instructions(HUB_BUILD_CONTEXT);
  const argumentsOf = (name: string): string[] =>
    steps.filter(([instruction]) => instruction === name).map(([, text]) => text);

  test('it is built on that of a release of Zero to JupyterHub only, whose chart the tests have', () => {
    const [base = ''] = argumentsOf('ARG');
    expect(argumentsOf('ARG')).toHaveLength(1);
    const [, version] = /^K8S_HUB_IMAGE=quay\.io\/jupyterhub\/k8s-hub:(\d+\.\d+\.\d+)$/.exec(base) ?? [];
    expect(existsSync(join(BUILD_CONTEXT, `test/data/zero-to-jupyterhub/jupyterhub-${version}.tgz`))).toBe(
      true,
    );
    expect(textOf('stack/jupyterhub/requirements-k8s-hub.txt')).toContain(`k8s-hub:${version}`);
    expect(argumentsOf('FROM').map((text) => text.split(' ')[0])).toEqual([
      '${K8S_HUB_IMAGE}',
      '${K8S_HUB_IMAGE}',
    ]);
  });

  test('it runs as a user that is given by numbers, as which nothing is done', () => {
    expect(argumentsOf('USER').at(-1)).toMatch(NUMERIC_USER);
    expect(steps.at(-1)?.[0]).toBe('USER');
  });

  test('packages come by their hashes, and into the image none but that with the plugins', () => {
    const installs = argumentsOf('RUN').filter((text) => text.includes('pip install'));
    expect(installs).toHaveLength(2);
    expect(installs[0]).toContain('--require-hashes');
    expect(installs[1]).toMatch(/--no-index --no-deps \/wheels/);
    const pinned = textOf('hub/requirements/build.txt')
      .split('\n')
      .filter((line) => /^\w/.test(line));
    expect(pinned.length).toBeGreaterThan(3);
    expect(pinned.filter((line) => !/^[\w-]+==[\d.]+ \\$/.test(line))).toEqual([]);
    expect(argumentsOf('ADD')).toEqual([]);
  });
});
