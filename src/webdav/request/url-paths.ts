import { DavError } from '../errors';

/** A resource's path below the served root: `/` or `/a/b`, decoded, without a slash at its end. */
export type ResourcePath = string;

const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;
const ESCAPED_LATER = /[!'()*]/g;

/** Maps URLs below a base path to paths of resources, and back. */
export class UrlPaths {
  readonly #base: readonly string[];

  /** @param base the URL path that the served root has, such as `/files/rachel`; empty or `/` for the whole server. */
  constructor(base: string) {
    this.#base = segmentsOf(base.startsWith('/') ? base : `/${base}`);
  }

  /**
   * The resource that a request target or URL means; null outside of the base.
   *
   * @throws DavError 400 for what cannot be a name: bad escapes, NUL, an escaped slash, `.` and `..`, a fragment.
   */
  resourceOf(target: string): ResourcePath | null {
    const segments = segmentsOf(target.replace(ORIGIN, '') || '/');
    const isBelow = this.#base.every((segment, index) => segments[index] === segment);
    return isBelow ? `/${segments.slice(this.#base.length).join('/')}` : null;
  }

  /** Whether a target is a parent of the base, whose options clients ask before they mount. */
  isAbove(target: string): boolean {
    const segments = segmentsOf(target.replace(ORIGIN, '') || '/');
    return segments.length < this.#base.length && segments.every((name, index) => name === this.#base[index]);
  }

  /** URL path of a resource; of a collection with a slash at its end. */
  hrefOf(path: ResourcePath, isCollection: boolean): string {
    const names = [...this.#base, ...namesOf(path)];
    if (names.length === 0) return '/';
    return `/${names.map(encodeName).join('/')}${isCollection ? '/' : ''}`;
  }
}

/** Names of a path, from the root. */
export function namesOf(path: ResourcePath): string[] {
  return path.split('/').filter((name) => name !== '');
}

/** Path of an entry of a collection. */
export function childOf(path: ResourcePath, name: string): ResourcePath {
  return path === '/' ? `/${name}` : `${path}/${name}`;
}

/** Path of the collection that a resource is in; the root is in itself. */
export function parentOf(path: ResourcePath): ResourcePath {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

/** Whether a resource is another one or lies below it. */
export function isWithin(path: ResourcePath, ancestor: ResourcePath): boolean {
  return path === ancestor || path.startsWith(ancestor === '/' ? '/' : `${ancestor}/`);
}

/** A name as a segment of a URL. */
export function encodeName(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replace(
    ESCAPED_LATER,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function segmentsOf(target: string): string[] {
  if (target.includes('#')) throw new DavError(400, 'the URL has a fragment');
  const [path = ''] = target.split('?', 1);
  if (!path.startsWith('/')) throw new DavError(400, 'the URL has no path');
  return path
    .split('/')
    .filter((segment) => segment !== '')
    .map(decodeSegment);
}

function decodeSegment(segment: string): string {
  const name = decoded(segment);
  if (name === '.' || name === '..') throw new DavError(400, 'the URL has "." or ".." as a name');
  if (name.includes('/') || name.includes('\0'))
    throw new DavError(400, 'the URL has a slash or NUL in a name');
  return name;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new DavError(400, 'the URL has an escape that is not UTF-8');
  }
}
