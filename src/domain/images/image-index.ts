import type { KnownImage } from './image';

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
