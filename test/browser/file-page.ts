import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import type { Admission } from '../../src/webdav/exchange';
import { launchBrowser } from '../support/browser';
import { eventually } from '../support/eventually';
import { aServer, BASE, type RunningServer } from '../unit/webdav/a-server';
import { type CuttingProxy, startCuttingProxy } from './cutting-proxy';

/** A violation of the page's policy, as the browser reports it. */
interface Violation {
  readonly directive: string;
  readonly blocked: string;
}

/** How a user opens the page. */
interface OpenOptions {
  readonly colorScheme?: 'light' | 'dark';
  /** What the user enters when the browser asks. */
  readonly httpCredentials?: { readonly username: string; readonly password: string };
  /** How the server lets users in; without, it serves to all. */
  readonly admission?: Admission;
}

const FOCUSED = "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent";

/** A user's files and the page that shows them, with a network between that can break. */
export class FilePage {
  private constructor(
    private readonly browser: Browser,
    public server: RunningServer,
    public proxy: CuttingProxy,
    private context: BrowserContext,
    public page: Page,
    /** A folder on the user's machine. */
    readonly local: string,
  ) {}

  static async start(): Promise<FilePage> {
    const [browser, server] = await Promise.all([launchBrowser(), aServer()]);
    const proxy = await startCuttingProxy(server.port);
    const context = await browser.newContext();
    const local = mkdtempSync(join(tmpdir(), 'nublado-local-'));
    return new FilePage(browser, server, proxy, context, await context.newPage(), local);
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.proxy.close();
    await this.server.close();
    rmSync(this.local, { recursive: true, force: true });
  }

  /** Replaces the files by these, and the page by a new one that shows them. */
  async open(files: Readonly<Record<string, string>>, { admission, ...options }: OpenOptions = {}) {
    await this.proxy.close();
    await this.server.close();
    this.server = await aServer(admission);
    this.proxy = await startCuttingProxy(this.server.port);
    for (const [path, content] of Object.entries(files)) this.write(path, content);
    await this.context.close();
    this.context = await this.browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', ...options });
    this.context.setDefaultTimeout(60_000);
    this.page = await this.context.newPage();
    await this.page.addInitScript(`
      globalThis.violations = [];
      addEventListener('securitypolicyviolation', ({ blockedURI, effectiveDirective }) =>
        violations.push({ directive: effectiveDirective, blocked: blockedURI }));
    `);
    await this.goTo('/');
  }

  /** Shows a folder, once its entries are there. */
  async goTo(path: string): Promise<void> {
    const listed = this.page.waitForResponse((response) => response.url().endsWith('?listing'));
    await this.page.goto(this.url(path));
    await (await listed).finished();
    await this.page.locator('thead button').first().waitFor();
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.proxy.port}${BASE}${path}`;
  }

  /** Path of a served file; a path that ends with a slash is a folder. */
  inHome(path: string): string {
    return join(this.server.home, path);
  }

  write(path: string, content: string): void {
    const place = this.inHome(path);
    mkdirSync(path.endsWith('/') ? place : dirname(place), { recursive: true });
    if (!path.endsWith('/')) writeFileSync(place, content);
  }

  /** Writes a file on the user's machine. */
  writeLocal(path: string, content: string | Buffer): string {
    const place = join(this.local, path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, content);
    return place;
  }

  /** Violations of the page's policy so far. */
  violations(): Promise<readonly Violation[]> {
    return this.page.evaluate('violations');
  }

  /** The names in the table, in its order. */
  names(): Promise<string[]> {
    return this.page.locator('tbody th').allTextContents();
  }

  /** Waits until the table, which is read again after each change, has these names. */
  async untilNames(expected: readonly string[]): Promise<void> {
    await eventually(
      () => this.names(),
      (names) => names.join('/') === expected.join('/'),
    );
  }

  /** Name of what has the focus. */
  focused(): Promise<string> {
    return this.page.evaluate(FOCUSED);
  }

  /** Waits for a state of the page; its policy lets no expression wait there. */
  async until(expression: string, isReached: (seen: unknown) => boolean): Promise<void> {
    await eventually(() => this.page.evaluate<unknown>(expression), isReached);
  }

  /** Waits until something has the focus. */
  async untilFocused(name: string): Promise<void> {
    await this.until(FOCUSED, (focused) => focused === name);
  }

  /** Waits until the bar of an upload is beyond a part of its length. */
  async untilUploaded(part: number): Promise<void> {
    await this.until(`document.querySelector('progress')?.value ?? 0`, (value) => Number(value) > part);
  }

  row(name: string): Locator {
    return this.page.locator('tbody tr', { has: this.page.getByRole('rowheader', { name, exact: true }) });
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  get dialog(): Locator {
    return this.page.getByRole('dialog');
  }

  /** Waits for a dialog with this title. */
  async asked(title: string): Promise<Locator> {
    const dialog = this.page.getByRole('dialog', { name: title, exact: true });
    await dialog.waitFor();
    return dialog;
  }

  /** Waits until the page says this. */
  async told(text: string): Promise<void> {
    await this.page.getByRole('status').getByText(text, { exact: true }).waitFor();
  }

  /** Chooses files or a folder on the user's machine by a button of the page. */
  async choose(button: string, ...paths: readonly string[]): Promise<void> {
    const [chooser] = await Promise.all([this.page.waitForEvent('filechooser'), this.button(button).click()]);
    await chooser.setFiles([...paths]);
  }

  async select(...names: readonly string[]): Promise<void> {
    for (const name of names)
      await this.page.getByRole('checkbox', { name: `Select ${name}`, exact: true }).check();
  }
}
