import { readdirSync, utimesSync } from 'node:fs';
import { BROWSER_START_MS } from '../support/browser';
import { screenshot } from '../support/hub-in-browser';
import { contrastsOfTexts, outlineContrast } from './contrast';
import { FilePage } from './file-page';

let files: FilePage;

beforeAll(async () => {
  files = await FilePage.start();
}, BROWSER_START_MS);

afterAll(() => files?.stop());

test('everything can be done by keyboard, and the focus is never lost', async () => {
  await files.open({ 'a.txt': 'a' });
  const { keyboard } = files.page;
  const focused = () => files.focused();
  const tabTo = async (name: string) => {
    for (let presses = 0; (await focused()) !== name; presses += 1) {
      if (presses > 30) throw new Error(`the focus does not come to ${name}`);
      await keyboard.press('Tab');
    }
  };
  await tabTo('New folder');
  await keyboard.press('Enter');
  await files.asked('New folder');
  await keyboard.press('Escape');
  await files.dialog.waitFor({ state: 'detached' });
  expect(await focused()).toBe('New folder');
  await keyboard.press('Enter');
  await files.asked('New folder');
  await keyboard.type('work');
  await keyboard.press('Enter');
  await files.told('Folder work made.');
  await files.row('work').waitFor();
  await files.untilFocused('work');

  await keyboard.press('ArrowDown');
  expect(await focused()).toBe('a.txt');
  await keyboard.press('F2');
  await files.asked('Rename');
  await keyboard.type('b');
  await keyboard.press('Enter');
  await files.told('a.txt is now b.txt.');
  await files.untilFocused('b.txt');

  await keyboard.press('Shift+Tab');
  expect(await focused()).toBe('Select b.txt');
  await keyboard.press('Space');
  await keyboard.press('Shift+Tab');
  expect(await files.page.getByRole('checkbox', { name: 'Select b.txt' }).isChecked()).toBe(true);
  await files.row('b.txt').getByRole('link').focus();
  await keyboard.press('Delete');
  await files.asked('Delete b.txt?');
  expect(await focused()).toBe('Cancel');
  await keyboard.press('Tab');
  await keyboard.press('Enter');
  await files.told('1 entry deleted.');
  await files.untilFocused('Select all');
  expect(readdirSync(files.server.home)).toEqual(['work']);
});

test('assistive technology gets names, roles and states', async () => {
  await files.open({ 'a.txt': 'a', 'work/': '' });
  await files.select('a.txt');
  const tree = (await files.page.locator('body').ariaSnapshot()).replaceAll(
    /- cell "\d[^"]*:\d\d"/g,
    '- cell "time"',
  );
  expect(tree).toContain('- heading "rachel" [level=1]');
  expect(tree).toContain('- group "Actions":');
  expect(tree).toContain('- button "Rename"\n');
  expect(tree).toContain('- table "Files and folders":');
  expect(tree).toMatch(/- columnheader "Name"/);
  expect(tree).toContain('- checkbox "Select a.txt" [checked]');
  expect(tree).toContain('- rowheader "work":');
});

test('in a folder, assistive technology gets the way back', async () => {
  await files.open({ 'work/deep/': '' });
  await files.goTo('/work/deep/');
  const tree = await files.page.getByRole('banner').ariaSnapshot();
  expect(tree).toContain('- heading "deep" [level=1]');
  expect(tree).toContain('- navigation "Folders above":');
  expect(await files.page.locator('[aria-current=page]').textContent()).toBe('deep');
});

test.each(['light', 'dark'] as const)(
  'every text can be read in %s colours, and the focus shows',
  async (colorScheme) => {
    const names = {
      'results.csv': 'x'.repeat(14_600),
      'night.fits': 'x'.repeat(310_000),
      'notebooks/a.ipynb': '',
      'data/': '',
      'report.md': 'x'.repeat(900),
    };
    await files.open(names, { colorScheme });
    for (const [index, name] of ['results.csv', 'night.fits', 'notebooks', 'data', 'report.md'].entries())
      utimesSync(files.inHome(name), 1_790_000_000 + index * 90_000, 1_790_000_000 + index * 90_000);
    await files.goTo('/');
    await files.select('results.csv');
    await files.page.setViewportSize({ width: 1100, height: 460 });
    await screenshot(files.page, `files-${colorScheme}`);
    const page = await contrastsOfTexts(files.page, 'body');
    expect(page.map(({ text }) => text)).toEqual(
      expect.arrayContaining(['Upload files', 'results.csv', '15 KB', 'ZIP']),
    );
    await files.page.locator('thead input').focus();
    await files.page.keyboard.press('Tab');
    const outlines = [await outlineContrast(files.page)];
    await files.button('Delete').press('Enter');
    const dialog = await files.asked('Delete results.csv?');
    const texts = [...page, ...(await contrastsOfTexts(files.page, 'dialog'))];
    outlines.push(await outlineContrast(files.page));
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    expect(texts.filter(({ contrast }) => contrast < 4.5)).toEqual([]);
    expect(Math.min(...outlines)).toBeGreaterThanOrEqual(3);
  },
);

test.each([320, 1200])('nothing is cut off in a window %i pixels wide', async (width) => {
  await files.open({ [`${'long'.repeat(60)}.txt`]: '', [`${'folder'.repeat(40)}/`]: '' });
  await files.page.setViewportSize({ width, height: 800 });
  const overflow = await files.page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  expect(overflow).toBe(0);
});
