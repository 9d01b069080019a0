import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { BUILD_CONTEXT, instructions } from '../../support/dockerfile';

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

const composeFile = z.object({
  services: z.record(
    z.string(),
    z.looseObject({
      image: z.string(),
      build: z.string().optional(),
      user: z.string().optional(),
      read_only: z.boolean().default(false),
      privileged: z.boolean().default(false),
      cap_drop: z.array(z.string()).default([]),
      cap_add: z.array(z.string()).default([]),
      security_opt: z.array(z.string()).default([]),
    }),
  ),
});

const SERVICES = Object.entries(
  composeFile.parse(parse(textOf('docker-compose.yml'), { merge: true })).services,
);

test('four services are there to be looked at', () => {
  expect(SERVICES.length).toBeGreaterThanOrEqual(4);
});

test.each(SERVICES)('the service %s of the compose file is confined', (_name, service) => {
  expect(service).toMatchObject({
    read_only: true,
    privileged: false,
    cap_drop: ['ALL'],
    cap_add: [],
    security_opt: ['no-new-privileges:true'],
  });
});

test('what is built here runs under numbers, and every other image has a version', () => {
  for (const [, { build, image, user = 'root' }] of SERVICES) {
    const [text, form] =
      build === undefined ? [image, /:\d+\.\d+\.\d+(?:@sha256:[0-9a-f]{64})?$/] : [user, NUMERIC_USER];
    expect(text).toMatch(form);
  }
});
