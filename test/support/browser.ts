import { type Browser, chromium } from 'playwright-core';
import { chromiumPath } from './chromium';

/** Timeout of the start of a browser, which may have to be installed first. */
export const BROWSER_START_MS = 10 * 60_000;

/** Turns off features that need a display, a sandbox or other hosts. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts a browser without a window and with its own profile, which is deleted when it is closed. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: await chromiumPath(), headless: true, args: ARGUMENTS });
}
