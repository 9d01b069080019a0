import type { ImageOffer, OfferSource } from './image-offer';
import type { ImageReference } from './reference';
import {
  found,
  foundOrRead,
  type ImageResolution,
  noTag,
  refused,
  unknownReference,
  unknownTag,
} from './resolution';

type Repository = Extract<OfferSource, { registry: string }>;

const isIn = ({ registry, repository }: Repository, reference: ImageReference) =>
  reference.registry === registry && reference.repository === repository;

/**
 * Finds a reference in a Docker repository. What is prepulled is known well enough; of other tags the digest is read
 * at each spawn, since tags move.
 */
export function resolveDockerReference(
  { all, prepull, unlisted }: ImageOffer,
  source: Repository,
  reference: ImageReference,
  text: string,
): ImageResolution {
  const { tag, digest } = reference;
  if (!isIn(source, reference)) return refused(unknownReference(text));
  const ofDigest = digest === null ? undefined : prepull.byDigest.get(digest);
  if (ofDigest) return found(ofDigest);
  if (tag === null) return refused(noTag(text));
  const prepulled = prepull.byTag.get(tag);
  if (prepulled) return foundOrRead(prepulled);
  const known = all.byTag.get(tag) ?? unlisted?.(tag);
  if (!known) return refused(unknownReference(text));
  if (digest === null) return { kind: 'read-digest', image: { ...known, digest: null } };
  return known.digest === digest
    ? found(known)
    : { kind: 'verify-digest', image: { ...known, digest }, otherwise: unknownReference(text) };
}

/** Finds a tag in a Docker repository. */
export function resolveDockerTag({ all, prepull, unlisted }: ImageOffer, tag: string): ImageResolution {
  const prepulled = prepull.byTag.get(tag);
  if (prepulled) return foundOrRead(prepulled);
  const known = all.byTag.get(tag) ?? unlisted?.(tag);
  return known ? { kind: 'read-digest', image: { ...known, digest: null } } : refused(unknownTag(tag));
}

/** Finds a reference in a Google repository, whose digests are all known. */
export function resolveGoogleReference(
  { all }: ImageOffer,
  source: Repository,
  reference: ImageReference,
  text: string,
): ImageResolution {
  const { tag, digest } = reference;
  if (digest === null && tag === null) return refused(noTag(text));
  const known = digest === null ? all.byTag.get(tag ?? '') : all.byDigest.get(digest);
  return known && isIn(source, reference) ? found(known) : refused(unknownReference(text));
}
