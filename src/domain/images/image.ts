import type { LabImage } from '../lab';
import type { ImageTag } from './image-tag';

/** A Docker image reference: `registry/repository[:tag][@digest]`. */
export interface ImageReference {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string | null;
  /** `algorithm:hex`. */
  readonly digest: string | null;
}

/** The registry ends at the first slash, so that its port is no tag; the repository at `:` or `@`. */
const REFERENCE = /^([^/\s@]+)\/([^:@\s]+)(?::(\w[\w.-]{0,127}))?(?:@([A-Za-z][\w.+-]*:[0-9A-Fa-f]+))?$/;

/** Parses a reference; null if it is none. The registry is required. */
export function parseReference(text: string): ImageReference | null {
  const match = REFERENCE.exec(text);
  if (!match) return null;
  const [, registry = '', repository = '', tag = null, digest = null] = match;
  return { registry, repository, tag, digest };
}

/** The text of a reference, the reverse of `parseReference`. */
export function formatReference({ registry, repository, tag, digest }: ImageReference): string {
  return `${registry}/${repository}${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@${digest}`}`;
}

const HUB = 'docker.io';
const HUB_NAMES: readonly string[] = [HUB, 'index.docker.io', 'registry-1.docker.io'];

/**
 * The name of an image written out as `registry/repository:tag`, so that names of the same image are the same: with
 * Docker Hub's registry and its `library/` where they are left out, under one name of Docker Hub, and with the tag
 * `latest` where there is none.
 */
export function normalisedName(name: string): string {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isHost = first === 'localhost' || /[.:]/.test(first);
  const registry = isHost ? first.toLowerCase() : HUB;
  const rest = isHost ? name.slice(slash + 1) : name;
  const isHub = HUB_NAMES.includes(registry);
  const repository = isHub && !rest.includes('/') ? `library/${rest}` : rest;
  const isTagged = repository.slice(repository.lastIndexOf('/') + 1).includes(':');
  return `${isHub ? HUB : registry}/${repository}${isTagged ? '' : ':latest'}`;
}

/** A tag of a repository with what is known of the image behind it. */
export interface KnownImage extends ImageTag {
  readonly registry: string;
  readonly repository: string;
  readonly digest: string | null;
  /** Bytes. */
  readonly size: number | null;
  /** Other tags known to be the same image, an alias target among them; sorted. */
  readonly aliases: readonly string[];
  /** Of an alias, the tag that it stands for, where known. */
  readonly aliasTarget: string | null;
  /** Names of the nodes that have it; sorted. */
  readonly nodes: readonly string[];
}

/** `registry/repository:tag`. */
export function referenceOf({ registry, repository, tag }: KnownImage): string {
  return formatReference({ registry, repository, tag: tag || null, digest: null });
}

/** `registry/repository:tag@digest`, without the digest where it is not known. */
export function pinnedReferenceOf({ registry, repository, tag, digest }: KnownImage): string {
  return formatReference({ registry, repository, tag: tag || null, digest });
}

/** An image as labs run it. */
export function labImageOf(image: KnownImage): LabImage {
  return { reference: pinnedReferenceOf(image), name: image.displayName, digest: image.digest };
}

/** Whether an image is known to be on all of these nodes; one without a digest never is. */
export function isCachedOn(image: KnownImage, nodeNames: Iterable<string>): boolean {
  if (image.digest === null) return false;
  const having = new Set(image.nodes);
  return [...nodeNames].every((name) => having.has(name));
}

/** Images by their tags; of several with one tag the first counts. */
export function firstByTag(images: readonly KnownImage[]): Map<string, KnownImage> {
  return new Map(images.toReversed().map((image) => [image.tag, image]));
}

/** Images by their digests, where known; of several with one digest the first counts. */
export function firstByDigest(images: readonly KnownImage[]): Map<string, KnownImage> {
  return new Map(
    images.toReversed().flatMap((image) => (image.digest === null ? [] : [[image.digest, image] as const])),
  );
}
