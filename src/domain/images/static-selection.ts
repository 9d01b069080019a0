import { pinnedReferenceOf } from './image';
import type { ImageOffer } from './image-offer';
import type { ImageReference } from './reference';
import { found, type ImageResolution, noTag, refused, unknownReference } from './resolution';

/** Finds a reference in a fixed list, by its digest if it has one, else by its tag; the first that fits counts. */
export function resolveStaticReference(
  { all }: ImageOffer,
  wanted: ImageReference,
  text: string,
): ImageResolution {
  const exact = all.images.find((image) => pinnedReferenceOf(image) === text);
  if (exact) return found(exact);
  const candidates = all.images.filter(
    ({ registry, repository }) => registry === wanted.registry && repository === wanted.repository,
  );
  const fitting = candidates.find(({ tag, digest }) =>
    wanted.digest === null ? tag === wanted.tag : digest === wanted.digest,
  );
  if (fitting) return found(fitting);
  return refused(candidates.length > 0 && wanted.tag === null ? noTag(text) : unknownReference(text));
}
