import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createImageRepository } from '../../../src/registry/image-repository';
import { aDocument, parsed } from '../config/sample-documents';
import { json, type ScriptedServer } from '../kubernetes/scripted-server';
import { BASIC, bare, challenge, closeServers, DIGEST, hostOf, PASSWORD, serving } from './registries';

let directory: string;
let hints: string[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'repository-'));
  hints = [];
});

afterEach(async () => {
  rmSync(directory, { recursive: true });
  await closeServers();
});

function repositoryOf(source: object, dockerCredentialsPath: string | null = null) {
  const { images, outgoing, timeouts } = parsed(
    aDocument({ images: { source, dockerCredentialsPath } }),
  ).config;
  return createImageRepository({ images, outgoing, timeouts, notify: (hint) => hints.push(hint) });
}

function dockerRepositoryOn(server: ScriptedServer, credentials?: string) {
  const path = credentials === undefined ? null : join(directory, 'config.json');
  if (path) writeFileSync(path, credentials ?? '');
  const repository = repositoryOf(
    { type: 'docker', registry: hostOf(server), repository: 'sciplat/lab' },
    path,
  );
  if (!repository) throw new Error('no repository');
  return repository;
}

test('a fixed list has no repository', () => {
  const images = [{ name: 'a', reference: 'registry.test/lab:a' }];
  expect(repositoryOf({ type: 'static', images })).toBeNull();
});

test('a Docker registry lists tags without digests, which are read one by one', async () => {
  const server = await serving(
    json(200, { tags: ['b', 'a'] }),
    bare(200, { 'docker-content-digest': DIGEST }),
    bare(404),
    bare(404),
    bare(200),
    bare(404),
    bare(404),
  );
  const repository = dockerRepositoryOn(server);

  expect(repository).toMatchObject({ registry: hostOf(server), repository: 'sciplat/lab' });
  expect(await repository.listTags()).toEqual([
    { tag: 'b', digest: null, size: null },
    { tag: 'a', digest: null, size: null },
  ]);
  expect(await repository.digestOf('a')).toBe(DIGEST);
  expect(await repository.digestOf('gone')).toBeNull();
  expect(await repository.hasDigest(DIGEST)).toBe(true);
  expect(await repository.hasDigest(DIGEST)).toBe(false);
});

test('configured credentials are shown to the registry that asks for them', async () => {
  const server = await serving(challenge('Basic realm="here"'), json(200, { tags: [] }));
  const auth = BASIC.replace('Basic ', '');
  const credentials = JSON.stringify({ auths: { [hostOf(server)]: { auth } } });
  await dockerRepositoryOn(server, credentials).listTags();

  expect(server.requests.map(({ authorization }) => authorization)).toEqual([undefined, BASIC]);
  expect(hints).toEqual([]);
});

test('a missing file of credentials gives a warning, and requests go without credentials', async () => {
  const server = await serving(json(200, { tags: ['a'] }));
  const source = { type: 'docker', registry: hostOf(server), repository: 'sciplat/lab' };
  const repository = repositoryOf(source, join(directory, 'none'));

  expect(await repository?.listTags()).toHaveLength(1);
  expect(hints).toEqual([expect.stringContaining(join(directory, 'none'))]);
});

test('a file of credentials that cannot be understood is an error that shows none of it', async () => {
  const server = await serving(bare(500));
  const make = () => dockerRepositoryOn(server, `{"auths": "${PASSWORD}`);

  expect(make).toThrow(join(directory, 'config.json'));
  expect(make).toThrow(expect.objectContaining({ message: expect.not.stringContaining(PASSWORD) }));
});

test('images of a Google registry are named as Docker names them', () => {
  const source = {
    type: 'google',
    location: 'us-west1',
    projectId: 'science',
    repository: 'sciplat',
    image: 'lab',
  };

  expect(repositoryOf(source)).toMatchObject({
    registry: 'us-west1-docker.pkg.dev',
    repository: 'science/sciplat/lab',
  });
});
