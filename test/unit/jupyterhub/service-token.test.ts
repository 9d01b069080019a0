import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readServiceToken } from '../../../src/jupyterhub/service-token';

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'service-token-'));
  path = join(directory, 'token');
});

afterEach(() => rmSync(directory, { recursive: true }));

test('the token is what the file holds now, without the white space around it', async () => {
  writeFileSync(path, ' first-token\n');
  expect(await readServiceToken(path)).toBe('first-token');

  writeFileSync(path, 'second-token\n\n');
  expect(await readServiceToken(path)).toBe('second-token');
});

test('a file that is not there is named', async () => {
  await expect(readServiceToken(path)).rejects.toThrow(
    `${path}, with the hub's service token, cannot be read`,
  );
});

test('an empty file is named', async () => {
  writeFileSync(path, '\n');

  await expect(readServiceToken(path)).rejects.toThrow(`${path}, with the hub's service token, is empty`);
});

test.each(['two words', 'two\nlines', 'schlüssel'])(
  'what no header can carry (%j) is refused without being told',
  async (content) => {
    writeFileSync(path, content);

    const problem: unknown = await readServiceToken(path).catch((error: unknown) => error);

    expect(problem).toMatchObject({
      message: `${path} holds no service token: it must be one word of plain ASCII`,
    });
    expect(String(problem)).not.toContain(content);
  },
);
