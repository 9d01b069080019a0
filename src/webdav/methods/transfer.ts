import { checkConditions } from '../conditions';
import { DavError, statusOf } from '../errors';
import type { Exchange } from '../exchange';
import { checkLocks } from '../locks/permission';
import { destinationOf } from '../request/destination';
import { mayOverwrite, modificationTime } from '../request/headers';
import { childOf, isWithin, type ResourcePath } from '../request/url-paths';
import { copyEntry } from '../tree/copying';
import { discard } from '../tree/removal';
import type { FullSpot, Spot } from '../tree/served-tree';
import { lstatIfThere, system } from '../tree/system';
import { isTemporary, temporaryName } from '../tree/temporary-names';
import type { FailedPart } from '../xml/multistatus';
import { findEntry } from './find';

/** What COPY and MOVE have in common: checked, and ready to be done. */
export interface Transfer {
  readonly exchange: Exchange;
  readonly source: FullSpot;
  readonly target: Spot;
  /** Path of the destination as the client named it. */
  readonly destination: ResourcePath;
  readonly isMove: boolean;
  readonly shown: ReadonlySet<string>;
}

/** Reads and checks a request to copy or move. */
export async function prepareTransfer(exchange: Exchange, isMove: boolean): Promise<Transfer> {
  const { headers } = exchange.request;
  const destination = destinationOf(headers, exchange.service.urls);
  if (isTemporary(exchange.path)) throw new DavError(403, 'the server keeps this name for itself');
  const source = await findEntry(exchange, exchange.path);
  const { shown } = await checkConditions(exchange, source);
  const target = await exchange.visit.findName(destination);
  if (isWithin(target.path, source.path) || isWithin(source.path, target.path)) {
    throw new DavError(403, 'source and destination are the same or one is in the other');
  }
  const transfer = { exchange, source, target, destination, isMove, shown };
  checkTransfer(transfer, target);
  return transfer;
}

/** Completes a transfer when nothing else changes the two names, after all was checked again. */
export async function completeTransfer<T>(
  transfer: Transfer,
  operation: (target: Spot) => Promise<T>,
): Promise<T> {
  const { exchange, source, target } = transfer;
  return exchange.service.turns.take([source.path, target.path], async () => {
    const current = { ...target, stats: await lstatIfThere(target.folder.at(target.name)) };
    checkTransfer(transfer, current);
    return operation(current);
  });
}

/** A copy under a temporary name beside the destination, and what could not be copied. */
export interface Copy {
  readonly name: string;
  readonly parts: readonly FailedPart[];
}

/** Copies the source beside the destination, so that nothing incomplete ever has the destination's name. */
export async function copyBeside(transfer: Transfer, depth: '0' | 'infinity'): Promise<Copy> {
  const { exchange, source, target, destination } = transfer;
  const { urls } = exchange.service;
  const name = temporaryName();
  const parts: FailedPart[] = [];
  const from = { folder: source.folder, name: Buffer.from(source.name) };
  try {
    await copyEntry(from, { folder: target.folder, name: Buffer.from(name) }, depth, (names, error) => {
      const part = names.reduce(childOf, destination);
      parts.push({ href: urls.hrefOf(part, false), status: statusOf(error) });
    });
  } catch (error) {
    await discard(target.folder, name);
    throw error;
  }
  return { name, parts };
}

/** Gives the destination the time of modification that the client asked for; links have none of their own. */
export async function applyTime({ exchange, source }: Transfer, path: string): Promise<void> {
  const modifiedMs = modificationTime(exchange.request.headers);
  if (modifiedMs === null || !source.stats.isFile()) return;
  await system.utimes(path, modifiedMs / 1000, modifiedMs / 1000);
  exchange.response.setHeader('x-oc-mtime', 'accepted');
}

function checkTransfer({ exchange, source, isMove, shown }: Transfer, target: Spot): void {
  const { locks } = exchange.service;
  if (!mayOverwrite(exchange.request.headers) && target.stats !== null) {
    throw new DavError(412, 'something has the name of the destination');
  }
  if (isMove) checkLocks(locks, { path: source.path, isOfName: true, isOfTree: true }, shown);
  checkLocks(locks, { path: target.path, isOfName: target.stats === null, isOfTree: true }, shown);
}
