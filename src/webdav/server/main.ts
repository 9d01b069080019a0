import { once } from 'node:events';
import { type Logger, pino } from 'pino';
import { BrowserPages } from '../browser/pages';
import type { Admission, FileService } from '../exchange';
import { LockTable } from '../locks/lock-table';
import { DeadProperties } from '../properties/dead-properties';
import { UrlPaths } from '../request/url-paths';
import { removeLeftovers } from '../tree/leftovers';
import { ServedTree } from '../tree/served-tree';
import { Turns } from '../turns';
import { RunningUploads } from '../uploads';
import { createFileServer } from './http-server';
import { IdleClock } from './idle-clock';
import type { AuthenticationSettings, FileServerSettings } from './settings';

/** State of a new server of a folder. @throws an error of the operating system where there is no such folder. */
export function createService(
  directory: string,
  baseHref: string,
  admission: Admission | null = null,
): FileService {
  const urls = new UrlPaths(baseHref);
  return {
    tree: new ServedTree(directory),
    urls,
    locks: new LockTable(Date.now),
    properties: new DeadProperties(),
    turns: new Turns(),
    now: Date.now,
    pages: new BrowserPages(urls),
    uploads: new RunningUploads(),
    admission,
  };
}

/**
 * Serves a folder until it has not been used for the time of the settings, or until SIGTERM or SIGINT; a second signal
 * does not wait for the requests under way. Resolves at the end of the server.
 *
 * @throws Error where the folder or the port cannot be used
 */
export async function serveFiles(
  { baseHref, directory, host, port, timeoutSeconds }: FileServerSettings,
  authentication: AuthenticationSettings | null,
): Promise<void> {
  const logger = pino();
  const service = createService(directory, baseHref, await admissionFor(authentication, logger));
  const idle = new IdleClock(() => performance.now());
  const server = createFileServer(service, idle, (error, { method }) =>
    logger.error({ error: error instanceof Error ? error.message : String(error), method }, 'request failed'),
  );
  server.http.listen(port, host);
  await once(server.http, 'listening');
  const user = authentication?.user ?? null;
  logger.info(
    { baseHref, directory, address: server.http.address(), timeoutSeconds, authenticatedUser: user },
    'files served',
  );
  const leftovers = removeOldLeftovers(service.tree, logger);
  logger.info({ reason: await endReason(idle, timeoutSeconds * 1000) }, 'file server ends');
  for (const signal of SIGNALS) process.once(signal, () => process.exit(1));
  await server.close();
  await leftovers;
  for (const signal of SIGNALS) process.removeAllListeners(signal);
}

/** How long the hub may take for an answer, in milliseconds. */
const HUB_TIMEOUT_MS = 10_000;

async function admissionFor(
  authentication: AuthenticationSettings | null,
  logger: Logger,
): Promise<Admission | null> {
  if (authentication === null) return null;
  const { admissionByHub } = await import('../authentication/admission.js');
  const { hubAt } = await import('../authentication/hub.js');
  return admissionByHub({
    user: authentication.user,
    askHub: hubAt(authentication.hubApiUrl, HUB_TIMEOUT_MS),
    now: () => performance.now(),
    report: (problem) => logger.warn({ problem }, 'token not looked up'),
  });
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

async function removeOldLeftovers(tree: ServedTree, logger: Logger): Promise<void> {
  const removed = await removeLeftovers(tree, Date.now());
  if (removed > 0) logger.info({ removed }, 'leftovers of broken operations removed');
}

/** Waits for a signal, or until the server is idle. */
function endReason(idle: IdleClock, timeoutMs: number): Promise<string> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout;
    const end = (reason: string) => {
      clearTimeout(timer);
      for (const signal of SIGNALS) process.off(signal, end);
      resolve(reason);
    };
    const check = () => {
      const leftMs = timeoutMs - idle.idleMs();
      if (leftMs <= 0) end('idle');
      else timer = setTimeout(check, Math.min(leftMs, 1_000_000));
    };
    for (const signal of SIGNALS) process.once(signal, end);
    check();
  });
}
