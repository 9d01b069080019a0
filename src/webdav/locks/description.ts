import { dav, escapeText } from '../xml/writer';
import type { Lock } from './lock-table';

/** The `supportedlock` property's content. */
export const SUPPORTED_LOCKS = ['exclusive', 'shared']
  .map((scope) => dav('lockentry', dav('lockscope', dav(scope)) + dav('locktype', dav('write'))))
  .join('');

/** The `lockdiscovery` property's content. */
export function describeLocks(locks: readonly Lock[], now: number): string {
  return locks.map((lock) => describeLock(lock, now)).join('');
}

function describeLock({ scope, depth, owner, token, href, expiresMs }: Lock, now: number): string {
  const seconds = Math.max(0, Math.round((expiresMs - now) / 1000));
  return dav(
    'activelock',
    dav('locktype', dav('write')) +
      dav('lockscope', dav(scope)) +
      dav('depth', depth) +
      (owner === '' ? '' : dav('owner', owner)) +
      dav('timeout', `Second-${seconds}`) +
      dav('locktoken', dav('href', escapeText(token))) +
      dav('lockroot', dav('href', escapeText(href))),
  );
}
