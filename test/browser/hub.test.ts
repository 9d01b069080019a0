import type { Page } from 'playwright-core';
import { patch } from '../support/faults';
import { HubInBrowser, screenshot, spawn } from '../support/hub-in-browser';
import { aSmallHome, CAN_MOUNT } from '../support/small-home';
import { contrastsOfTexts } from './contrast';

const TEXT_CONTRAST = 4.5;

let site: HubInBrowser;

beforeAll(async () => {
  site = await HubInBrowser.start();
});

afterAll(() => site.stop());

const jupyterLab = (page: Page) => page.locator('#jp-main-dock-panel');

test('a user logs in, starts a lab, runs a cell in JupyterLab, and stops the lab in the control panel', async () => {
  const page = await site.logIn('rachel');
  await screenshot(page, 'hub-spawn-page');
  expect(await page.getByRole('link', { name: 'Token' }).isVisible()).toBe(false);
  await spawn(page, 'Notebook');
  await jupyterLab(page).waitFor();

  await page.locator('.jp-LauncherCard[title*="Python 3"]').first().click();
  // A cell that is run before its kernel is there is not run.
  await page.getByText('Python 3 (ipykernel) | Idle').waitFor();
  await page.locator('.jp-Notebook .cm-content').first().click();
  await page.keyboard.type('print(6 * 7)');
  await page.keyboard.press('Shift+Enter');
  await page.locator('.jp-OutputArea-output', { hasText: '42' }).waitFor();
  await screenshot(page, 'hub-jupyterlab');

  await page.goto(new URL('/nb/hub/home', page.url()).href);
  await page.getByRole('button', { name: 'Stop My Server' }).click();
  await site.untilServer('rachel', false);
  await page.context().close();
});

test('after a shutdown by the menu of JupyterLab the server is stopped, since the hub is notified, and the next can be started', async () => {
  const page = await site.logIn('ribbon');
  await spawn(page, 'Notebook');
  await jupyterLab(page).waitFor();

  await page.getByRole('menuitem', { name: 'File', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Shut Down', exact: true }).click();
  await page.locator('.jp-Dialog').getByRole('button', { name: 'Shut Down' }).click();

  // By itself the hub would find out in time, too.
  await site.untilTold(1);
  await site.untilServer('ribbon', false);
  await page.goto(new URL('/nb/hub/spawn', page.url()).href);
  expect(await page.getByRole('button', { name: 'Start', exact: true }).isVisible()).toBe(true);
  await page.context().close();
});

test('a page that is loaded again during the spawn shows its progress, and leads to the lab', async () => {
  const page = await site.logIn('wrench');
  await spawn(page, 'Waiting');
  await page.waitForURL(/spawn-pending/);
  await page.reload();
  await page.locator('#progress-details summary, details summary').first().click();
  await page.locator('.progress-log-event', { hasText: '[info] Successfully assigned' }).first().waitFor();
  await screenshot(page, 'hub-progress');
  const wrap = await page.evaluate(
    `getComputedStyle(document.querySelector('#progress-message')).overflowWrap`,
  );
  expect(wrap).toBe('anywhere');

  const annotations = { 'stack.nublado.lsst.io/behaviour': 'process' };
  await patch(site.world, '/api/v1/namespaces/lab-wrench/pods/wrench-nb', { metadata: { annotations } });

  await jupyterLab(page).waitFor();
  await site.hub.stop('wrench');
  await site.untilServer('wrench', false);
  await page.context().close();
});

test('a lab that cannot start shows warnings while it tries, then an error with the reason', async () => {
  const page = await site.logIn('rachel');
  await spawn(page, 'Unpullable');
  await page.waitForURL(/spawn-pending/);
  await page.locator('.progress-log-event', { hasText: '[warning]' }).first().waitFor({ state: 'attached' });

  const reason = page.getByText(/The image \S+ could not be pulled: not found/).first();
  await reason.waitFor();
  await page
    .locator('.progress-log-event', { hasText: /\[error\] .*could not be pulled/ })
    .first()
    .waitFor();
  await screenshot(page, 'hub-failed-spawn');
  expect(await reason.isVisible()).toBe(true);
  await page.context().close();
});

(CAN_MOUNT ? describe : describe.skip)('a full home directory', () => {
  test('a lab whose home directory is full says so, and the next spawn page leads to the files, or to a start all the same', async () => {
    const { directory } = site.world.stack;
    const home = await aSmallHome(directory, { path: 'srv/homes/wrench', size: '64m', uid: 1103 });
    // Less than a lab should have, and enough for JupyterLab to start all the same.
    home.fill(12 * 2 ** 20);
    const page = await site.logIn('wrench');
    await spawn(page, 'Notebook');
    await page.waitForURL(/spawn-pending/);
    await page
      .locator('.progress-log-event', { hasText: /\[error\] Your home directory is full/ })
      .first()
      .waitFor({ state: 'attached' });
    await page
      .getByText(/Your home directory is full: 1[12](?:\.\d)? MiB of 64 MiB are free/)
      .first()
      .waitFor();
    await screenshot(page, 'hub-full-home');

    await page.goto(new URL('/nb/hub/spawn', page.url()).href);
    await page.getByRole('heading', { name: 'your home directory is full' }).waitFor();
    const link = page.getByRole('link', { name: 'Open your files in a new tab' });
    expect(await link.getAttribute('href')).toMatch(/\/files$/);
    await screenshot(page, 'hub-after-full-home');
    await page.getByLabel('Start even if my home directory is full').check();
    await spawn(page, 'Notebook');
    await jupyterLab(page).waitFor();

    await site.hub.stop('wrench');
    await site.untilServer('wrench', false);
    await page.context().close();
    await home.remove();
  });
});

test.each(['light', 'dark'] as const)(
  'on the hub’s own page the form can be read in its %s theme',
  async (theme) => {
    const page = await site.logIn('ribbon');
    await page.evaluate(`localStorage.setItem('jupyterhub-bs-theme', '${theme}')`);
    await page.reload();
    const scheme = await page.evaluate(
      `getComputedStyle(document.querySelector('.nublado-form')).colorScheme`,
    );
    const texts = await contrastsOfTexts(page);

    expect(scheme).toBe(theme);
    expect(texts.length).toBeGreaterThan(5);
    expect(texts.filter(({ contrast }) => contrast < TEXT_CONTRAST)).toEqual([]);
    await page.context().close();
  },
);
