import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSealingKey, loadSealingKeys } from '../../../src/sealing/keys';
import { createSealer } from '../../../src/sealing/sealer';

const context = {
  workflowId: 'lab-rachel',
  terms: { operationId: 'op-1', plan: { image: 'one', uid: 1101 } },
};

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'keys-'));
});

afterEach(() => rm(directory, { recursive: true }));

test('raw bytes and base64, with or without a line end, are the same key', async () => {
  const bytes = randomBytes(32);
  const base64 = bytes.toString('base64');
  await writeFile(join(directory, 'a'), bytes);
  const sealed = createSealer(await loadSealingKeys(directory)).seal('x', context);
  for (const content of [base64, `${base64}\n`, base64.replace('=', '')]) {
    await writeFile(join(directory, 'a'), content);
    expect(createSealer(await loadSealingKeys(directory)).open(sealed, context)).toBe('x');
  }
});

test('the name that sorts last is the newest key', async () => {
  for (const name of ['2024-11', '2025-02', '2025-01']) {
    await writeFile(join(directory, name), generateSealingKey());
  }
  const keys = await loadSealingKeys(directory);
  expect(keys.newest.id).toBe('2025-02');
  expect([...keys.byId.keys()]).toEqual(['2024-11', '2025-01', '2025-02']);
});

test('a mounted Secret’s own files are ignored', async () => {
  await mkdir(join(directory, '..2024_01_01'));
  await writeFile(join(directory, '..2024_01_01', 'a'), generateSealingKey());
  await symlink('..2024_01_01', join(directory, '..data'));
  await symlink('..data/a', join(directory, 'a'));
  expect([...(await loadSealingKeys(directory)).byId.keys()]).toEqual(['a']);
});

test.each(['too short', randomBytes(31).toString('base64'), 'x'.repeat(44), `${'!'.repeat(43)}=`])(
  'a file with %j is refused by name, without its content',
  async (content) => {
    await writeFile(join(directory, 'bad'), content);
    const loading = loadSealingKeys(directory);
    await expect(loading).rejects.toThrow(join(directory, 'bad'));
    await expect(loading).rejects.not.toThrow(content);
  },
);

test.each([
  ['an empty directory', () => directory],
  ['a missing directory', () => join(directory, 'missing')],
])('%s is refused with advice', async (_, path) => {
  await expect(loadSealingKeys(path())).rejects.toThrow('openssl rand -base64 32');
});
