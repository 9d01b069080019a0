import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BROWSER_START_MS } from '../support/browser';
import { readZip } from '../support/zip-reader';
import { lockBody, tokenOf } from '../unit/webdav/a-server';
import { FilePage } from './file-page';

const MIB = 1_048_576;

let files: FilePage;

beforeAll(async () => {
  files = await FilePage.start();
}, BROWSER_START_MS);

afterAll(() => files?.stop());

test('a folder is listed, and sorted as the user chooses', async () => {
  await files.open({ 'b10.txt': 'x'.repeat(2000), 'b9.txt': 'x', 'a/in': '', 'Z/': '' });
  utimesSync(files.inHome('b9.txt'), 1_600_000_000, 1_600_000_000);
  await files.goTo('/');
  expect(await files.names()).toEqual(['a', 'Z', 'b9.txt', 'b10.txt']);
  expect(await files.row('b9.txt').innerText()).toMatch(/b9\.txt\s+1 B\s+13 Sept? 2020, 12:26/);
  expect(await files.row('b10.txt').innerText()).toContain('2.0 KB');

  await files.button('Size').click();
  await files.button('Size').click();
  expect((await files.names()).slice(2)).toEqual(['b10.txt', 'b9.txt']);
  const sorted = files.page.getByRole('columnheader', { name: 'Size' });
  expect(await sorted.getAttribute('aria-sort')).toBe('descending');

  const listed = files.page.waitForResponse((response) => response.url().endsWith('/a/?listing'));
  await files.page.getByRole('link', { name: 'a', exact: true }).click();
  await listed;
  await files.row('in').waitFor();
  expect(await files.page.getByRole('navigation').getByRole('link').allTextContents()).toEqual([
    'rachel',
    'a',
  ]);
  expect(await files.violations()).toEqual([]);
});

test('a file is saved, and never shown', async () => {
  await files.open({ 'page.html': '<script>document.title = "shown"</script>' });
  const [download] = await Promise.all([
    files.page.waitForEvent('download'),
    files.page.getByRole('link', { name: 'page.html' }).click(),
  ]);
  expect([download.suggestedFilename(), readFileSync(await download.path(), 'utf8')]).toEqual([
    'page.html',
    '<script>document.title = "shown"</script>',
  ]);
  expect(await files.page.title()).toBe('rachel – files');
});

test('a folder is saved as a ZIP file, which other programs read', async () => {
  await files.open({
    'work/a': 'text',
    'work/deep/ä <b>.txt': 'x'.repeat(3 * MIB),
    'work/empty/': '',
    other: '',
  });
  const [download] = await Promise.all([
    files.page.waitForEvent('download'),
    files.page.getByRole('link', { name: 'Download work as a ZIP file' }).click(),
  ]);
  const path = await download.path();
  expect(download.suggestedFilename()).toBe('work.zip');
  const contents = new Map(
    readZip(readFileSync(path)).map((entry) => [entry.name, entry.content.toString()]),
  );
  expect([...contents.keys()].toSorted()).toEqual([
    'work/a',
    'work/deep/',
    'work/deep/ä <b>.txt',
    'work/empty/',
  ]);
  expect([contents.get('work/a'), contents.get('work/deep/ä <b>.txt')?.length]).toEqual(['text', 3 * MIB]);
  const target = join(files.local, 'unpacked');
  await mkdir(target);
  await promisify(execFile)('python3', ['-m', 'zipfile', '-e', path, target]);
  expect(readFileSync(join(target, 'work/deep/ä <b>.txt'), 'utf8')).toBe('x'.repeat(3 * MIB));
});

test('a folder is made, renamed, and refused where its name is taken', async () => {
  await files.open({ taken: '' });
  await files.button('New folder').click();
  const dialog = await files.asked('New folder');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('a/b');
  await dialog.getByRole('button', { name: 'OK' }).click();
  await dialog.getByRole('alert').getByText('A name has no slash.').waitFor();
  await dialog.getByRole('textbox', { name: 'Name' }).fill('ä b');
  await dialog.getByRole('button', { name: 'OK' }).click();
  await files.told('Folder ä b made.');
  expect(statSync(files.inHome('ä b')).isDirectory()).toBe(true);

  await files.select('ä b');
  await files.button('Rename').click();
  await (await files.asked('Rename')).getByRole('textbox').fill('taken');
  await files.button('OK').click();
  const refusal = await files.asked('ä b was not renamed');
  expect(await refusal.innerText()).toContain('Something has this name already.');
  await files.button('OK').click();
  await files.button('Rename').click();
  await (await files.asked('Rename')).getByRole('textbox').fill('new');
  await files.button('OK').click();
  await files.told('ä b is now new.');
  expect(readdirSync(files.server.home).toSorted()).toEqual(['new', 'taken']);
});

test('entries are deleted after a question', async () => {
  await files.open({ 'a/in': '', b: '', c: '' });
  await files.select('a', 'b');
  await files.button('Delete').click();
  await (await files.asked('Delete 2 entries?')).getByRole('button', { name: 'Cancel' }).click();
  expect(readdirSync(files.server.home)).toHaveLength(3);
  await files.button('Delete').click();
  await (await files.asked('Delete 2 entries?')).getByRole('button', { name: 'Delete' }).click();
  await files.told('2 entries deleted.');
  expect(readdirSync(files.server.home)).toEqual(['c']);
  await files.untilNames(['c']);
});

test('entries are moved to a folder that the user goes to', async () => {
  await files.open({ a: 'a', 'b/in': 'b', 'x/y/': '' });
  await files.select('a', 'b');
  await files.button('Move').click();
  const dialog = await files.asked('Move 2 entries');
  expect(await dialog.locator('li').allTextContents()).toEqual(['x']);
  await dialog.getByRole('button', { name: 'x', exact: true }).click();
  await dialog.getByRole('button', { name: 'y', exact: true }).click();
  await dialog.getByText('In y').waitFor();
  await dialog.getByRole('button', { name: 'Move here' }).click();
  await files.told('2 entries moved.');
  expect(readdirSync(files.inHome('x/y'))).toEqual(['a', 'b']);
  await files.untilNames(['x']);
});

test('names are text wherever they are shown', async () => {
  const names = ['<img src=x onerror=alert(1)>', '"><script>alert(1)<', "javascript:alert('1')", '‮gpj.exe'];
  await files.open(Object.fromEntries(names.map((name) => [name, name])));
  let alerts = 0;
  files.page.on('dialog', () => {
    alerts += 1;
  });
  expect((await files.names()).toSorted()).toEqual(names.toSorted());
  expect(await files.page.locator('img, tbody script').count()).toBe(0);
  const [first = ''] = names;
  await files.select(first);
  await files.button('Rename').click();
  await (await files.asked('Rename')).getByRole('textbox').fill(`${first}2`);
  await files.button('OK').click();
  await files.told(`${first} is now ${first}2.`);
  await files.button('Delete').click();
  await files.asked(`Delete ${first}2?`);
  await files.page.keyboard.press('Escape');
  const [download] = await Promise.all([
    files.page.waitForEvent('download'),
    files.page.getByRole('link', { name: "javascript:alert('1')" }).click(),
  ]);
  expect(readFileSync(await download.path(), 'utf8')).toBe("javascript:alert('1')");
  expect(await files.page.locator('img').count()).toBe(0);
  expect([alerts, await files.violations()]).toEqual([0, []]);
});

test('what another client has changed since the listing is told, and stays unless the user insists', async () => {
  await files.open({ 'a.txt': 'old', 'b.txt': 'old' });
  const { ask } = files.server;
  await ask('PUT', '/a.txt', {}, 'of the other');
  await files.select('a.txt');
  await files.button('Delete').click();
  await files.button('Delete').last().click();
  await (await files.asked('a.txt has changed')).getByRole('button', { name: 'Leave it as it is' }).click();
  await files.told('0 entries deleted.');
  expect(readFileSync(files.inHome('a.txt'), 'utf8')).toBe('of the other');

  await ask('PUT', '/b.txt', {}, 'of the other');
  await files.choose('Upload files', files.writeLocal('mine/b.txt', 'mine'));
  await (await files.asked('b.txt is there already')).getByRole('button', { name: 'Replace it' }).click();
  await (await files.asked('b.txt has changed')).getByRole('button', { name: 'Keep the file there' }).click();
  await files.told('0 files uploaded, 1 kept as they were.');
  expect(readFileSync(files.inHome('b.txt'), 'utf8')).toBe('of the other');

  await files.choose('Upload files', files.writeLocal('mine/new.txt', 'mine'));
  await files.told('1 file uploaded.');
  await ask('PUT', '/unseen.txt', {}, 'of the other');
  await files.choose('Upload files', files.writeLocal('mine/unseen.txt', 'mine'));
  await (await files.asked('unseen.txt is there already'))
    .getByRole('button', { name: 'Keep the file there' })
    .click();
  await files.told('0 files uploaded, 1 kept as they were.');
  expect(readFileSync(files.inHome('unseen.txt'), 'utf8')).toBe('of the other');
});

test('what another client has locked is told, and can be tried again', async () => {
  await files.open({ 'a.txt': 'old' });
  const { ask } = files.server;
  const locked = await ask('LOCK', '/a.txt', {}, lockBody());
  await files.select('a.txt');
  await files.button('Rename').click();
  await (await files.asked('Rename')).getByRole('textbox').fill('b.txt');
  await files.button('OK').click();
  const dialog = await files.asked('a.txt is locked');
  expect(readdirSync(files.server.home)).toEqual(['a.txt']);
  await ask('UNLOCK', '/a.txt', { 'lock-token': tokenOf(locked) });
  await dialog.getByRole('button', { name: 'Try again' }).click();
  await files.told('a.txt is now b.txt.');
});

test('a script of the user’s files does not run in the page, and the policy has no violation before', async () => {
  await files.open({ 'evil.js': 'document.title = "taken"' });
  expect(await files.violations()).toEqual([]);
  const source = JSON.stringify(files.url('/evil.js'));
  await files.page.evaluate(`(() => {
    const link = document.createElement('link');
    Object.assign(link, { rel: 'stylesheet', href: ${source} });
    const script = document.createElement('script');
    script.setAttribute('nonce', 'guessed');
    document.head.append(link, script);
    // The policy lets no script have an address or a text that is made of a string.
    for (const [property, value] of [['src', ${source}], ['text', 'document.title = "taken"']]) {
      try {
        script[property] = value;
      } catch {}
    }
  })()`);
  await files.until('violations.length', (count) => Number(count) > 2);
  const directives = (await files.violations()).map(({ directive }) => directive);
  expect(directives).toEqual(expect.arrayContaining(['style-src-elem', 'require-trusted-types-for']));
  expect(await files.page.title()).toBe('rachel – files');
});
