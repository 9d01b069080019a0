import type { Stats } from 'node:fs';
import { describeLocks, SUPPORTED_LOCKS } from '../locks/description';
import type { LockTable } from '../locks/lock-table';
import type { ResourcePath } from '../request/url-paths';
import { mediaTypeOf } from '../tree/media-types';
import type { Quota } from '../tree/quota';
import { etagOf } from '../tree/representation';
import { DAV } from '../xml/element';
import { dav, escapeText } from '../xml/writer';

/** Namespaces of properties that clients besides RFC 4918 know. */
export const APACHE = 'http://apache.org/dav/props/';
export const MICROSOFT = 'urn:schemas-microsoft-com:';

/** A file or folder whose properties are asked for. */
export interface Resource {
  /** Key of locks and dead properties. */
  readonly path: ResourcePath;
  readonly name: string;
  readonly stats: Stats;
  /** Null where it was not asked for or is not known. */
  readonly quota: Quota | null;
}

/** What the server knows besides the file. */
export interface LiveContext {
  readonly locks: LockTable;
  readonly now: number;
}

/** Content of a property as XML; null for a resource that does not have it. */
type Live = (resource: Resource, context: LiveContext) => string | null;

const ofFile =
  (content: (resource: Resource) => string): Live =>
  (resource) =>
    resource.stats.isFile() ? content(resource) : null;

/** Properties of RFC 4918: the ones that a client gets which asks for all. */
export const STANDARD: Readonly<Record<string, Live>> = {
  creationdate: ({ stats }) => creationTime(stats).toISOString(),
  displayname: ({ name }) => escapeText(name),
  getcontentlength: ofFile(({ stats }) => String(stats.size)),
  getcontenttype: ofFile(({ name }) => mediaTypeOf(name)),
  getetag: ofFile(({ stats }) => escapeText(etagOf(stats))),
  getlastmodified: ({ stats }) => stats.mtime.toUTCString(),
  lockdiscovery: ({ path }, { locks, now }) => describeLocks(locks.covering(path), now),
  resourcetype: ({ stats }) => (stats.isDirectory() ? dav('collection') : ''),
  supportedlock: () => SUPPORTED_LOCKS,
};

const FURTHER: Readonly<Record<string, Live>> = {
  'quota-available-bytes': ({ quota }) => (quota === null ? null : String(quota.available)),
  'quota-used-bytes': ({ quota }) => (quota === null ? null : String(quota.used)),
};

/** WebDAV's properties that no client may write. */
export const PROTECTED: ReadonlySet<string> = new Set(
  [...Object.keys(STANDARD), ...Object.keys(FURTHER)].filter(
    (name) => name !== 'displayname' && name !== 'getlastmodified',
  ),
);

/** The property of a name; undefined where the server has none. */
export function liveProperty(namespace: string, name: string): Live | undefined {
  if (namespace === DAV) return Object.hasOwn(STANDARD, name) ? STANDARD[name] : own(FURTHER, name);
  if (namespace === APACHE && name === 'executable') return executable;
  if (namespace === MICROSOFT && name === 'Win32LastModifiedTime')
    return ({ stats }) => stats.mtime.toUTCString();
  return undefined;
}

/** Whether a property needs the room of the file system. */
export function isQuota(namespace: string, name: string): boolean {
  return namespace === DAV && Object.hasOwn(FURTHER, name);
}

const executable: Live = ofFile(({ stats }) => ((stats.mode & 0o100) === 0 ? 'F' : 'T'));

const own = (table: Readonly<Record<string, Live>>, name: string) =>
  Object.hasOwn(table, name) ? table[name] : undefined;

/** Some file systems do not know it and say 1970. */
function creationTime({ birthtimeMs, mtimeMs }: Stats): Date {
  return new Date(birthtimeMs > 0 ? birthtimeMs : mtimeMs);
}
