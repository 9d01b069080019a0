import { DavError } from '../errors';
import type { Lock } from '../locks/lock-table';
import { childElements, isDav, type XmlElement } from '../xml/element';
import { writeChildren } from '../xml/writer';

/** Longest description of a lock's owner, in characters of XML. */
const MAX_OWNER = 8192;

/** What the body of LOCK says. @throws DavError 400 for anything but a write lock; 413 for too long an owner. */
export function readLockInfo(body: XmlElement): Pick<Lock, 'scope' | 'owner'> {
  const [scopes] = childElements(body, 'lockscope');
  const [types] = childElements(body, 'locktype');
  const isWrite = types !== undefined && childElements(types, 'write').length === 1;
  const scope = (['exclusive', 'shared'] as const).find(
    (each) => scopes !== undefined && childElements(scopes, each).length === 1,
  );
  if (!isDav(body, 'lockinfo') || !isWrite || scope === undefined) {
    throw new DavError(400, 'the body does not ask for a write lock');
  }
  const [element] = childElements(body, 'owner');
  const owner = element === undefined ? '' : writeChildren(element);
  if (owner.length > MAX_OWNER) throw new DavError(413, 'the owner is too long');
  return { scope, owner };
}
