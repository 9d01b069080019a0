import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { DomainError } from '../../src/domain/errors';
import { BROWSER_START_MS, launchBrowser } from '../support/browser';
import { screenshot } from '../support/hub-in-browser';
import { aWorld, headersOf, SETTINGS, type World } from '../unit/api/fakes';
import { contrastsOfTexts, outlineContrast } from './contrast';

/** What WCAG 2 asks for, level AA: of text, and of what shows where the focus is. */
const [TEXT_CONTRAST, FOCUS_CONTRAST] = [4.5, 3];

let browser: Browser;
let context: BrowserContext;
let page: Page;
let world: World;
let failure: DomainError | null;
let refusedByPolicy: string[];

beforeAll(async () => {
  browser = await launchBrowser();
  world = await aWorld({
    settings: { ...SETTINGS, limits: { ...SETTINGS.limits, fileServersPerMinute: 1_000 } },
    fileServers: {
      async open() {
        if (failure) throw failure;
      },
      verify: async () => undefined,
      list: async () => [],
      isRunning: async () => true,
      remove: async () => undefined,
    },
  });
  await world.app.listen({ port: 0, host: '127.0.0.1' });
}, BROWSER_START_MS);

afterAll(async () => {
  await browser?.close();
  await world?.app.close();
});

beforeEach(async () => {
  failure = null;
  context = await browser.newContext({ extraHTTPHeaders: headersOf('rachel') });
  context.setDefaultTimeout(10_000);
  page = await context.newPage();
  refusedByPolicy = [];
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) refusedByPolicy.push(message.text());
  });
});

afterEach(() => context.close());

const open = (path = '/files') =>
  page.goto(`http://127.0.0.1:${(world.app.server.address() as AddressInfo).port}${path}`);

const FAILURE = new DomainError(
  'file_server_create_failed',
  'Failed to create file server: File server creation timed out after 120',
);

const cases = (['light', 'dark'] as const).flatMap((theme) => [
  [theme, 'ready', null] as const,
  [theme, 'failed', FAILURE] as const,
]);

test.each(cases)(
  'in the %s theme every text of the page of a %s file server can be read',
  async (theme, name, error) => {
    failure = error;
    await page.setViewportSize({ width: 1_100, height: 800 });
    await page.emulateMedia({ colorScheme: theme });
    await open();
    const texts = await contrastsOfTexts(page, 'main');

    expect(texts.length).toBeGreaterThan(name === 'ready' ? 30 : 3);
    expect(texts.filter(({ contrast }) => contrast < TEXT_CONTRAST)).toEqual([]);
    expect(refusedByPolicy).toEqual([]);
    await screenshot(page, `file-server-${name}-${theme}`, true);
  },
);

test.each(cases)(
  'in the %s theme the focus shows on the page of a %s file server',
  async (theme, _name, error) => {
    failure = error;
    await page.emulateMedia({ colorScheme: theme });
    await open();
    const stops = await page.locator('a, pre[tabindex]').count();
    const contrasts: number[] = [];
    for (let presses = 0; presses < stops; presses += 1) {
      await page.keyboard.press('Tab');
      contrasts.push(await outlineContrast(page));
    }

    expect(stops).toBeGreaterThan(0);
    expect(Math.min(...contrasts)).toBeGreaterThanOrEqual(FOCUS_CONTRAST);
  },
);

test('the themes differ, and the style is applied under the policy', async () => {
  const papers: unknown[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await open();
    papers.push(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
  }

  expect(papers).toEqual(['rgb(244, 246, 249)', 'rgb(16, 20, 26)']);
  expect(refusedByPolicy).toEqual([]);
});

test.each([320, 1_200])('nothing is cut off in a window %i pixels wide', async (width) => {
  await page.setViewportSize({ width, height: 800 });
  for (const error of [null, FAILURE]) {
    failure = error;
    await open();
    const overflow = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );

    expect(overflow).toBe(0);
  }
});

test('assistive technology gets the facts and every system with a heading', async () => {
  await open();
  const headings = await page.getByRole('heading').allTextContents();

  expect(await page.title()).toBe('User Fileserver Created');
  expect(headings).toEqual([
    'Your files are ready',
    'Connect your computer',
    'macOS',
    'Windows',
    'Linux: GNOME and KDE',
    'Linux: a mounted folder, by davfs2',
    'Every system: copying and mounting by rclone',
  ]);
  expect(await page.getByRole('definition').allInnerTexts()).toEqual([
    'https://data.example.com/files/rachel',
    'rachel',
    'a token with the scope write:files, which you make on the page of your tokens',
  ]);
});

test('a user who comes back is led to the page, and one whose creation failed tries again', async () => {
  failure = FAILURE;
  const answer = await open('/files/rachel/notes.txt');

  expect(answer?.status()).toBe(500);
  expect(new URL(page.url()).pathname).toBe('/files');
  expect(await page.getByText('File server creation timed out after 120').isVisible()).toBe(true);

  failure = null;
  await page.getByRole('link', { name: 'Try again' }).click();
  await page.getByRole('heading', { name: 'Your files are ready' }).waitFor();
});
