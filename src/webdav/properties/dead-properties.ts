import { DavError } from '../errors';
import { isWithin, type ResourcePath } from '../request/url-paths';

/** A property that clients store and the server knows nothing of. */
export interface DeadProperty {
  readonly namespace: string;
  readonly name: string;
  /** The whole element. */
  readonly xml: string;
}

/** Bounds in characters of XML. */
const MAX_PER_RESOURCE = 65_536;
const MAX_IN_ALL = 16_777_216;

type Properties = ReadonlyMap<string, DeadProperty>;

const NONE: Properties = new Map();

/** Key of a property among those of a resource. */
export function propertyKey(namespace: string, name: string): string {
  return `${namespace} ${name}`;
}

/** Dead properties by resource, in memory and bounded: nothing of ours is left in home directories. */
export class DeadProperties {
  readonly #byPath = new Map<ResourcePath, Properties>();
  #size = 0;

  /** Properties of a resource by key. */
  of(path: ResourcePath): Properties {
    return this.#byPath.get(path) ?? NONE;
  }

  /**
   * Replaces all properties of a resource.
   *
   * @throws DavError 507 when they are too many; nothing is changed then.
   */
  replace(path: ResourcePath, properties: Properties): void {
    const size = sizeOf(path, properties);
    const total = this.#size - sizeOf(path, this.of(path)) + size;
    if (size > MAX_PER_RESOURCE || total > MAX_IN_ALL) {
      throw new DavError(507, 'there are too many properties');
    }
    this.#size = total;
    if (properties.size === 0) this.#byPath.delete(path);
    else this.#byPath.set(path, properties);
  }

  /** Forgets those of a deleted resource and of everything below it. */
  forget(path: ResourcePath): void {
    for (const [key] of this.#within(path)) this.replace(key, NONE);
  }

  /** Moves those of a resource and of everything below it; those at the destination go. */
  move(from: ResourcePath, to: ResourcePath): void {
    const moved = this.#within(from);
    this.forget(to);
    for (const [key] of moved) this.replace(key, NONE);
    for (const [key, properties] of moved) this.#put(to + key.slice(from.length), properties);
  }

  /** Copies those of a resource and, with depth `infinity`, of everything below it. */
  copy(from: ResourcePath, to: ResourcePath, depth: '0' | 'infinity'): void {
    const copied = this.#within(from).filter(([key]) => depth === 'infinity' || key === from);
    this.forget(to);
    for (const [key, properties] of copied) this.#put(to + key.slice(from.length), properties);
  }

  /** What does not fit is left out: the files themselves are already copied. */
  #put(path: ResourcePath, properties: Properties): void {
    try {
      this.replace(path, properties);
    } catch (error) {
      if (!(error instanceof DavError)) throw error;
    }
  }

  #within(path: ResourcePath): [ResourcePath, Properties][] {
    if (this.#byPath.size === 0) return [];
    return [...this.#byPath].filter(([key]) => isWithin(key, path));
  }
}

function sizeOf(path: ResourcePath, properties: Properties): number {
  let size = properties.size === 0 ? 0 : path.length;
  for (const [key, { xml }] of properties) size += key.length + xml.length;
  return size;
}
