import type { Browser, BrowserContext, Page } from 'playwright-core';
import { renderForm, renderUnavailable } from '../../src/api/form/fragment';
import { BROWSER_START_MS, launchBrowser } from '../support/browser';
import { aForm } from '../support/lab-form';
import { aLife } from '../support/lab-life';
import { contrastsOfTexts, outlineContrast } from './contrast';
import { LOOKS, type SpawnPage, serveSpawnPage } from './spawn-page';

let browser: Browser;
let spawnPage: SpawnPage;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  browser = await launchBrowser();
  spawnPage = await serveSpawnPage(renderForm(aForm(), aLife()));
}, BROWSER_START_MS);

afterAll(async () => {
  await browser?.close();
  await spawnPage?.close();
});

beforeEach(async () => {
  context = await browser.newContext();
  context.setDefaultTimeout(10_000);
  page = await context.newPage();
  spawnPage.look = 'JupyterHub';
  spawnPage.fragment = renderForm(aForm(), aLife());
});

afterEach(() => context.close());

/** What WCAG 2 asks for, level AA: of text, and of what shows where the focus is. */
const [TEXT_CONTRAST, FOCUS_CONTRAST] = [4.5, 3];

const cases = LOOKS.flatMap((look) =>
  (['light', 'dark'] as const).map((colorScheme) => [look, colorScheme] as const),
);

test.each(cases)('every text can be read on a page with %s for who prefers %s', async (look, colorScheme) => {
  spawnPage.look = look;
  await page.emulateMedia({ colorScheme });
  await page.goto(spawnPage.url);
  const texts = await contrastsOfTexts(page);

  expect(texts.map(({ text }) => text)).toEqual(
    expect.arrayContaining([
      'Your last lab was evicted from its node',
      'Image',
      'Weekly 2077_44',
      'Weekly 2077_43',
      'Medium (2.0 CPU, 6.7Gi RAM)',
    ]),
  );
  expect(texts.filter(({ contrast }) => contrast < TEXT_CONTRAST)).toEqual([]);
});

test.each(cases)('the focus shows on a page with %s for who prefers %s', async (look, colorScheme) => {
  spawnPage.look = look;
  await page.emulateMedia({ colorScheme });
  await page.goto(spawnPage.url);
  const contrasts: number[] = [];
  for (let presses = 0; presses < 5; presses++) {
    await page.keyboard.press('Tab');
    contrasts.push(await outlineContrast(page));
  }

  expect(Math.min(...contrasts)).toBeGreaterThanOrEqual(FOCUS_CONTRAST);
});

test.each([
  ['dark', 'light'],
  ['light', 'dark'],
] as const)(
  'the theme chosen in the hub, %s, counts more than the preference, %s',
  async (theme, colorScheme) => {
    await page.addInitScript(`localStorage.setItem('jupyterhub-bs-theme', '${theme}')`);
    await page.emulateMedia({ colorScheme });
    await page.goto(spawnPage.url);
    const scheme = await page.evaluate(
      `getComputedStyle(document.querySelector('.nublado-form')).colorScheme`,
    );
    const texts = await contrastsOfTexts(page);

    expect(scheme).toBe(theme);
    expect(texts.filter(({ contrast }) => contrast < TEXT_CONTRAST)).toEqual([]);
  },
);

test('assistive technology gets the groups, and the names and states of all controls', async () => {
  await page.goto(spawnPage.url);
  const tree = await page.locator('.nublado-form').ariaSnapshot();
  const [reset] = /Reset user environment: [^"]*/.exec(tree) ?? [];

  expect(tree.split('\n').filter((line) => !/- (text|paragraph): /.test(line))).toEqual([
    '- region "Your last lab was evicted from its node":',
    '  - heading "Your last lab was evicted from its node" [level=2]',
    '  - paragraph:',
    '    - time: 2077-10-23 09:47 UTC',
    '    - code: sketchbook:w_2077_44',
    '- group "Image":',
    '  - radio "Recommended (Weekly 2077_41)" [checked]',
    '  - radio "Weekly 2077_44"',
    '  - radio "Daily 2077_11_02"',
    '  - radio "Select uncached image (slower start):"',
    '  - combobox "Select uncached image (slower start):":',
    '    - option "Weekly 2077_43"',
    '    - option "Weekly 2077_42"',
    '    - option "Release r23.0.1"',
    '    - option "exp_random"',
    '- group "Size":',
    '  - radio "Small (1.0 CPU, 3Gi RAM)"',
    '  - radio "Medium (2.0 CPU, 6.7Gi RAM)" [checked]',
    '  - radio "Large (4.0 CPU, 12Gi RAM)"',
    '- group "Options":',
    '  - checkbox "Enable debug logs"',
    `  - 'checkbox "${reset}"'`,
  ]);
});

test('the warning about a slow start is part of how its image is described', async () => {
  await page.goto(spawnPage.url);
  const slow = page.getByRole('radio', { name: 'Daily 2077_11_02', description: /may start slower/ });

  expect(await slow.count()).toBe(1);
});

test.each([320, 1200])('nothing is cut off in a window %i pixels wide', async (width) => {
  await page.setViewportSize({ width, height: 800 });
  spawnPage.fragment = renderForm(
    aForm({ dropdown: [{ reference: 'x', name: 'long '.repeat(60), isCached: false }] }),
  );
  await page.goto(spawnPage.url);
  const overflow = await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );

  expect(overflow).toBe(0);
});

test('the form leaves the look of the rest of the page as it is', async () => {
  const look = `JSON.stringify([...document.querySelectorAll('h1, button[type=submit]')].map((element) =>
    [...getComputedStyle(element)].map((name) => [name, getComputedStyle(element).getPropertyValue(name)])))`;
  const controls = renderForm(aForm()).replace(/<style>[^]*<\/style>/, '');
  const [withStyle, without] = [renderForm(aForm()), controls];
  const looks: unknown[] = [];
  for (const fragment of [withStyle, without]) {
    spawnPage.fragment = fragment;
    await page.goto(spawnPage.url);
    looks.push(await page.evaluate(look));
  }

  expect(looks[0]).toContain('background-color');
  expect(looks[0]).toEqual(looks[1]);
});

test('the text for unavailable labs has enough contrast too', async () => {
  spawnPage.fragment = renderUnavailable();
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.goto(spawnPage.url);

  expect(await page.getByRole('heading', { name: 'Notebooks unavailable' }).isVisible()).toBe(true);
  expect((await contrastsOfTexts(page)).filter(({ contrast }) => contrast < TEXT_CONTRAST)).toEqual([]);
});
