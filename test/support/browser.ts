import { type Browser, chromium } from 'playwright-core';
import { chromiumPath } from './chromium';

/** How long a test file has to wait at most for its browser, which may have to be installed first. */
export const BROWSER_START_MS = 10 * 60_000;

/** Off: what needs a display, a sandbox or other hosts. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts a browser without a window and with a profile of its own, which goes when it is closed. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: await chromiumPath(), headless: true, args: ARGUMENTS });
}
