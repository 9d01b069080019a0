import { existsSync, readdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { admissionByHub } from '../../src/webdav/authentication/admission';
import { hubAt } from '../../src/webdav/authentication/hub';
import { BROWSER_START_MS } from '../support/browser';
import { fakeHubApi } from '../support/fake-hub-api';
import { FilePage } from './file-page';

const MIB = 1_048_576;

let files: FilePage;

beforeAll(async () => {
  files = await FilePage.start();
}, BROWSER_START_MS);

afterAll(() => files?.stop());

/** Bytes that differ from place to place, so that a piece that is missing or there twice shows. */
function content(length: number): Buffer {
  const buffer = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4) buffer.writeUInt32LE((at * 2_654_435_761) % 2 ** 32, at);
  return buffer;
}

test('a file is uploaded with its time, and the page shows how far it is', async () => {
  await files.open({});
  expect(await files.page.getByText('This folder is empty.').isVisible()).toBe(true);
  const path = files.writeLocal('data.bin', content(20 * MIB));
  utimesSync(path, 1_600_000_000, 1_600_000_000);
  files.proxy.holdAfter(10 * MIB);
  await files.choose('Upload files', path);
  const bar = files.page.getByRole('progressbar', { name: 'Uploading data.bin' });
  await bar.waitFor();
  await files.untilUploaded(0.3);
  expect(await files.page.locator('.figures').innerText()).toMatch(/^\d+(?:\.\d)? MB of 21 MB$/);
  expect(existsSync(files.inHome('data.bin'))).toBe(false);

  files.proxy.release();
  await files.told('1 file uploaded.');
  await files.untilNames(['data.bin']);
  expect(readFileSync(files.inHome('data.bin')).equals(content(20 * MIB))).toBe(true);
  expect(statSync(files.inHome('data.bin')).mtimeMs).toBe(1_600_000_000_000);
});

test('a folder is uploaded with all that is in it', async () => {
  await files.open({ 'tree/kept': 'old' });
  const names = ['tree/a', 'tree/deep/er/100% #1?.txt', 'tree/deep/b'];
  for (const name of names) files.writeLocal(name, name);
  await files.choose('Upload a folder', join(files.local, 'tree'));
  await files.told('3 files uploaded.');
  for (const name of names) expect(readFileSync(files.inHome(name), 'utf8')).toBe(name);
  expect(readFileSync(files.inHome('tree/kept'), 'utf8')).toBe('old');
});

test('a file that is dropped is uploaded', async () => {
  await files.open({});
  const data = await files.page.evaluateHandle(`(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(['dropped'], 'note.txt'));
    return transfer;
  })()`);
  await files.page.dispatchEvent('main', 'drop', { dataTransfer: data });
  await files.told('1 file uploaded.');
  expect(readFileSync(files.inHome('note.txt'), 'utf8')).toBe('dropped');
});

test('an upload goes on where it was when the connection broke', async () => {
  await files.open({});
  const path = files.writeLocal('data.bin', content(30 * MIB));
  const offsets: number[] = [];
  files.page.on('request', (request) => {
    if (request.method() === 'PATCH') offsets.push(Number(request.headers()['upload-offset']));
  });
  files.proxy.cutAfter(12 * MIB, 2);
  await files.choose('Upload files', path);
  await files.told('1 file uploaded.');
  expect(readFileSync(files.inHome('data.bin')).equals(content(30 * MIB))).toBe(true);
  expect(files.proxy.cuts()).toBe(2);
  // Four pieces. What a break adds begins where the server's part ends; the browser itself may also send a piece again.
  expect(offsets.length).toBeGreaterThanOrEqual(4);
  expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
  expect(offsets.slice(1).every((offset) => offset >= 8 * MIB)).toBe(true);
  expect(readdirSync(files.server.home)).toEqual(['data.bin']);
});

test('an upload whose connection stays broken can be tried again, and one that is cancelled leaves nothing', async () => {
  await files.open({});
  await files.page.clock.install();
  const path = files.writeLocal('data.bin', content(20 * MIB));
  files.proxy.holdAfter(12 * MIB);
  await files.choose('Upload files', path);
  await files.untilUploaded(0.4);
  files.proxy.isDown = true;
  files.proxy.release();
  files.proxy.cutAfter(0);
  await expect(untilBroken()).resolves.toBe('data.bin: The connection is broken.');

  files.proxy.isDown = false;
  files.proxy.holdAfter(2 * MIB);
  await files.button('Try again').click();
  await files.page.getByRole('progressbar').waitFor();
  await files.button('Cancel upload').click();
  files.proxy.release();
  await files.told('Upload cancelled, 0 files uploaded.');
  expect(readdirSync(files.server.home)).toEqual([]);

  /** Lets the pauses of the page pass, which would take half a minute. */
  async function untilBroken(): Promise<string> {
    const problem = files.page.locator('.problems li');
    for (let turns = 0; turns < 200 && (await problem.count()) === 0; turns += 1) {
      await files.page.clock.runFor(5000);
    }
    return problem.innerText();
  }
});

test('what is there is replaced only when the user says so', async () => {
  await files.open({ 'a.txt': 'old a', 'b.txt': 'old b', 'c.txt': 'old c' });
  const paths = ['a.txt', 'b.txt', 'c.txt', 'd.txt'].map((name) =>
    files.writeLocal(`new/${name}`, `new ${name}`),
  );
  await files.choose('Upload files', ...paths);
  let dialog = await files.asked('a.txt is there already');
  expect(await dialog.innerText()).toContain('The file there has 5 B');
  await dialog.getByRole('button', { name: 'Keep the file there' }).click();
  dialog = await files.asked('b.txt is there already');
  await dialog.getByRole('checkbox', { name: 'The same for all further files' }).check();
  await dialog.getByRole('button', { name: 'Replace it' }).click();
  await files.told('3 files uploaded, 1 kept as they were.');
  const texts = ['a.txt', 'b.txt', 'c.txt', 'd.txt'].map((name) => readFileSync(files.inHome(name), 'utf8'));
  expect(texts).toEqual(['old a', 'new b.txt', 'new c.txt', 'new d.txt']);
});

test('a user without a client logs in with a token of the hub', async () => {
  const hub = await fakeHubApi();
  hub.owners.set('token', { kind: 'user', name: 'rachel', scopes: ['access:servers!user=rachel'] });
  const admission = admissionByHub({
    user: 'rachel',
    askHub: hubAt(hub.apiUrl, 10_000),
    now: () => performance.now(),
    report: () => {},
  });
  try {
    await files.open(
      { 'a.txt': 'a' },
      { admission, httpCredentials: { username: 'rachel', password: 'token' } },
    );
    expect(await files.names()).toEqual(['a.txt']);
    await files.choose('Upload files', files.writeLocal('long', content(9 * MIB)));
    await files.told('1 file uploaded.');
    expect([readdirSync(files.server.home).length, new Set(hub.asked)]).toEqual([2, new Set(['token'])]);
  } finally {
    await hub.close();
  }
});
