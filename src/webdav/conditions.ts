import { DavError } from './errors';
import type { Exchange, FileService } from './exchange';
import { checkLocks } from './locks/permission';
import { isMet, type ResourceState } from './request/if-evaluation';
import { parseIf, type StateList, submittedTokens } from './request/if-header';
import { decide } from './request/preconditions';
import { representationOf } from './tree/representation';
import type { Spot } from './tree/served-tree';
import { lstatIfThere } from './tree/system';

/** What a request says must hold, and which lock tokens it shows. */
export interface Conditions {
  readonly lists: readonly StateList[];
  readonly shown: ReadonlySet<string>;
}

/** A change for which locks are checked. */
export interface Reach {
  readonly isOfName: boolean;
  readonly isOfTree: boolean;
}

/**
 * Checks the conditions of a request on what it is about. Before anything of the body is read.
 *
 * @returns what the request said
 * @throws DavError 412 where they do not hold, 400 where they cannot be understood
 */
export async function checkConditions(exchange: Exchange, spot: Spot): Promise<Conditions> {
  const { headers, method } = exchange.request;
  const header = headers['if'];
  const lists = header === undefined ? [] : parseIf(String(header));
  if (lists.length > 0 && !isMet(lists, await statesOf(exchange, lists, spot))) {
    throw new DavError(412, 'the condition of If does not hold');
  }
  const isRead = method === 'GET' || method === 'HEAD';
  const verdict = decide(headers, isRead, representationOf(spot.stats));
  if (verdict === 'failed') throw new DavError(412, 'the file is not as the request demands');
  if (verdict === 'not-modified') throw new DavError(304, 'not modified');
  return { lists, shown: submittedTokens(lists) };
}

/** Checks conditions and then the locks of what is to be changed. @throws DavError 412, 423 or 400 */
export async function checkChange(exchange: Exchange, spot: Spot, reach: Reach): Promise<Conditions> {
  const conditions = await checkConditions(exchange, spot);
  checkLocks(exchange.service.locks, { path: spot.path, ...reach }, conditions.shown);
  return conditions;
}

/**
 * Completes a change when no other of the same paths is being completed, after its conditions and locks were checked
 * again: a body takes a while to come.
 */
export async function complete<T>(
  exchange: Exchange,
  spot: Spot,
  reach: Reach,
  operation: (current: Spot) => Promise<T>,
): Promise<T> {
  return exchange.service.turns.take([spot.path], async () => {
    const current = { ...spot, stats: await lstatIfThere(spot.folder.at(spot.name)) };
    await checkChange(exchange, current, reach);
    return operation(current);
  });
}

function statesOf(exchange: Exchange, lists: readonly StateList[], spot: Spot): Promise<ResourceState[]> {
  return Promise.all(
    lists.map(async ({ url }) => {
      if (url === null) return stateOf(exchange.service, spot);
      const path = exchange.service.urls.resourceOf(url);
      const other = path === null ? null : await exchange.visit.find(path).catch(() => null);
      return other === null ? { etag: null, tokens: new Set<string>() } : stateOf(exchange.service, other);
    }),
  );
}

function stateOf({ locks }: FileService, { path, stats }: Spot): ResourceState {
  const tokens = new Set(locks.covering(path).map(({ token }) => token));
  return { etag: representationOf(stats)?.etag ?? null, tokens };
}
