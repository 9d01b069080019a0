import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { type HubApi, hubApi } from '../../stack/hub-api';
import { startStack } from '../../stack/start';
import { launchBrowser } from './browser';
import { eventually } from './eventually';
import { HUB_VERSION } from './hub-version';
import { type World, worldOn } from './world';

const CONFIG_FILE = join(__dirname, '../data/browser/hub.yaml');

/** Timeout for a state that is never reached; not a measure of performance. */
const LIMIT_MS = 90_000;

/** A user of the stack's demonstration. */
export type DemoUser = 'rachel' | 'ribbon' | 'wrench';

/** A real hub with real labs, used through a browser. */
export class HubInBrowser {
  private constructor(
    private readonly browser: Browser,
    readonly world: World,
    readonly hub: HubApi,
    private readonly url: string,
    private readonly metricsUrl: string,
  ) {}

  static async start(): Promise<HubInBrowser> {
    const stack = await startStack({
      name: `browser-${randomBytes(4).toString('hex')}`,
      jupyterhub: 'full',
      hubVersion: HUB_VERSION,
    });
    const { jupyterhub } = stack;
    if (!jupyterhub?.url) throw new Error('the stack has no full JupyterHub');
    const configFile = join(stack.directory, 'hub.yaml');
    const hub = { apiUrl: jupyterhub.apiUrl, tokenPath: jupyterhub.serviceTokenFile };
    writeFileSync(configFile, `${readFileSync(CONFIG_FILE, 'utf8')}hub: ${JSON.stringify(hub)}\n`);
    const world = await worldOn(stack, { configFile });
    const [controller, browser] = await Promise.all([world.start('serve'), launchBrowser()]);
    return new HubInBrowser(
      browser,
      world,
      hubApi(jupyterhub),
      jupyterhub.url,
      `${controller.opsUrl}/metrics`,
    );
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.world.stop();
  }

  /** A browser context of the user, logged in at the ingress and on the spawn page. */
  async logIn(username: DemoUser): Promise<Page> {
    const context = await this.browser.newContext({ viewport: { width: 1100, height: 700 } });
    context.setDefaultTimeout(LIMIT_MS);
    const page = await context.newPage();
    await page.goto(this.url);
    await page.getByRole('button', { name: username }).click();
    await page.getByRole('button', { name: 'Start', exact: true }).waitFor();
    return page;
  }

  /** Waits until the hub has, or has not, a server of the user. */
  async untilServer(username: DemoUser, isWanted: boolean): Promise<void> {
    await eventually(
      () => this.hub.server(username),
      (server) => (server !== undefined) === isWanted,
    );
  }

  /** Waits until the controller has notified the hub of so many labs that ended by themselves. */
  async untilTold(labs: number): Promise<void> {
    await eventually(
      () => this.notices(),
      (count) => count === labs,
    );
  }

  private async notices(): Promise<number> {
    const text = await (await fetch(this.metricsUrl)).text();
    // `known`: the hub polled the server at the same moment.
    const counts = [...text.matchAll(/^nublado_hub_notices_total\{result="(?:told|known)"\} (\d+)$/gm)];
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  }
}

/** Chooses an image on the spawn page and starts. */
export async function spawn(page: Page, image: string): Promise<void> {
  const radio = page.getByRole('radio', { name: image });
  if ((await radio.count()) > 0) await radio.check();
  else await page.getByRole('combobox').selectOption({ label: image });
  await page.getByRole('button', { name: 'Start', exact: true }).click();
}

/** Saves a screenshot for the documentation in the folder `SCREENSHOTS`, if that is set; of the window, or the whole page. */
export async function screenshot(page: Page, name: string, fullPage = false): Promise<void> {
  const { SCREENSHOTS: folder } = process.env;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage });
}
