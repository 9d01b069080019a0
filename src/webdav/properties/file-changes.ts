import type { Stats } from 'node:fs';
import { DavError } from '../errors';
import type { PropertyChange } from '../request/property-update';
import { DAV, textOf } from '../xml/element';
import { APACHE, MICROSOFT, PROTECTED } from './live-properties';

/** What a property changes of the file itself. */
export type FileChange = { readonly modifiedMs: number } | { readonly isExecutable: boolean };

/**
 * What a step of PROPPATCH changes of the file; null for a dead property.
 *
 * @throws DavError 403 for a property that cannot be changed so, 409 for a value that is not understood
 */
export function fileChange({ isRemoval, element }: PropertyChange, stats: Stats): FileChange | null {
  const { namespace, name } = element;
  if (namespace === DAV && PROTECTED.has(name)) throw isProtected();
  const isTime =
    (namespace === DAV && name === 'getlastmodified') ||
    (namespace === MICROSOFT && name === 'Win32LastModifiedTime');
  const isMode = namespace === APACHE && name === 'executable';
  if (!isTime && !isMode) return null;
  if (isRemoval) throw isProtected();
  const text = textOf(element);
  if (isTime) {
    const modifiedMs = Date.parse(text);
    if (Number.isNaN(modifiedMs)) throw new DavError(409, 'the time is not understood');
    return { modifiedMs };
  }
  if (!stats.isFile()) throw new DavError(409, 'only files are executable');
  if (text !== 'T' && text !== 'F') throw new DavError(409, 'executable is T or F');
  return { isExecutable: text === 'T' };
}

/** Permissions of a file that becomes executable for all who may read it, or for none. */
export function modeWith(mode: number, isExecutable: boolean): number {
  const permissions = mode & 0o777;
  return isExecutable ? permissions | ((permissions & 0o444) >> 2) : permissions & ~0o111;
}

function isProtected(): DavError {
  return new DavError(403, 'the property is protected', 'cannot-modify-protected-property');
}
