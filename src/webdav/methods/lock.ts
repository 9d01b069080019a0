import { answerXml } from '../answers';
import { readXml } from '../bodies';
import { checkConditions } from '../conditions';
import { DavError } from '../errors';
import type { Exchange } from '../exchange';
import { describeLocks } from '../locks/description';
import type { Lock } from '../locks/lock-table';
import { checkLocks } from '../locks/permission';
import { depthOf, lockSeconds } from '../request/headers';
import { readLockInfo } from '../request/lock-info';
import type { Spot } from '../tree/served-tree';
import { CREATE_FILE, NEW_FILE_MODE, system } from '../tree/system';
import { dav, davDocument } from '../xml/writer';

/** Takes a lock, or prolongs one when there is no body. A name that nothing has becomes an empty file. */
export async function lock(exchange: Exchange): Promise<void> {
  const spot = await exchange.visit.find(exchange.path);
  const body = await readXml(exchange);
  if (body === null) return refresh(exchange, spot);
  const depth = depthOf(exchange.request.headers, ['0', 'infinity'], 'infinity');
  const info = readLockInfo(body);
  const { shown } = await checkConditions(exchange, spot);
  const { service } = exchange;
  const reach = { isOfName: spot.stats === null, isOfTree: false };
  if (reach.isOfName) checkLocks(service.locks, { path: spot.path, ...reach }, shown);
  const isFolder = spot.stats?.isDirectory() ?? false;
  const taken = service.locks.take({
    ...info,
    path: spot.path,
    href: service.urls.hrefOf(exchange.path, isFolder),
    depth: isFolder ? depth : '0',
    seconds: lockSeconds(exchange.request.headers),
  });
  try {
    if (spot.stats === null) await createEmpty(spot);
  } catch (error) {
    service.locks.release(spot.path, taken.token);
    throw error;
  }
  answerLock(exchange, taken, spot.stats === null ? 201 : 200);
}

async function createEmpty({ folder, name }: Spot): Promise<void> {
  await system.close(await system.open(folder.at(name), CREATE_FILE, NEW_FILE_MODE));
}

async function refresh(exchange: Exchange, spot: Spot): Promise<void> {
  const { shown } = await checkConditions(exchange, spot);
  const { locks } = exchange.service;
  if (shown.size === 0) throw new DavError(400, 'a lock is prolonged with its token in If');
  const held = locks.covering(spot.path).find(({ token }) => shown.has(token));
  if (held === undefined) throw new DavError(412, 'there is no such lock', 'lock-token-matches-request-uri');
  answerLock(exchange, locks.refresh(held, lockSeconds(exchange.request.headers)), 200, false);
}

function answerLock({ service, response }: Exchange, held: Lock, status: number, isNew = true): void {
  if (isNew) response.setHeader('lock-token', `<${held.token}>`);
  const content = dav('lockdiscovery', describeLocks([held], service.now()));
  answerXml(response, status, davDocument('prop', content));
}
