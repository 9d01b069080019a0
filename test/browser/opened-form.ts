import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { renderForm } from '../../src/api/form/fragment';
import type { FormModel } from '../../src/api/form/model';
import { parseLabRequest } from '../../src/api/schemas/lab-request';
import { launchBrowser } from '../support/browser';
import { aForm } from '../support/lab-form';
import { type SpawnPage, serveSpawnPage } from './spawn-page';

/** The label of the button beside the drop-down. */
export const FROM_DROPDOWN = 'Select uncached image (slower start):';

/** A browser in which a user fills in the form. */
export class OpenedForm {
  private constructor(
    private readonly browser: Browser,
    readonly spawnPage: SpawnPage,
    private context: BrowserContext,
    public page: Page,
  ) {}

  static async start(): Promise<OpenedForm> {
    const [browser, spawnPage] = await Promise.all([launchBrowser(), serveSpawnPage('')]);
    const context = await browser.newContext();
    return new OpenedForm(browser, spawnPage, context, await context.newPage());
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.spawnPage.close();
  }

  /** Replaces the browser context by one with empty storage. */
  async renew(options: BrowserContextOptions = {}): Promise<void> {
    await this.context.close();
    this.context = await this.browser.newContext(options);
    this.context.setDefaultTimeout(10_000);
    this.page = await this.context.newPage();
    this.spawnPage.look = 'JupyterHub';
  }

  async open(changes: Partial<FormModel> = {}): Promise<void> {
    this.spawnPage.fragment = renderForm(aForm(changes));
    await this.page.goto(this.spawnPage.url);
  }

  radio(name: string) {
    return this.page.getByRole('radio', { name });
  }

  checkbox(name: string) {
    return this.page.getByRole('checkbox', { name });
  }

  get dropdown() {
    return this.page.getByRole('combobox');
  }

  get start() {
    return this.page.getByRole('button', { name: 'Start' });
  }

  get hint() {
    return this.page.getByText('choose its button, too');
  }

  /** The labels of the chosen image and size. */
  async chosen(): Promise<string[]> {
    return this.page.locator('input[type=radio]:checked + label').allTextContents();
  }

  /** Sends the form, and gives the options that `create` understands from what the hub would send on. */
  async submit(press = () => this.start.click()): Promise<unknown> {
    const answer = this.page.waitForResponse((response) => response.request().method() === 'POST');
    await press();
    await (await answer).finished();
    const options = this.spawnPage.submissions.at(-1);
    const parsed = parseLabRequest({ options, env: { JUPYTERHUB_SERVICE_PREFIX: '/nb/user/rachel/' } });
    return 'problems' in parsed ? parsed.problems : parsed.request.options;
  }
}
