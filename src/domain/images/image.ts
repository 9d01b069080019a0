import type { LabImage } from '../lab';
import type { ImageTag } from './image-tag';
import { formatReference } from './reference';

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
