import type { ErrorCode } from '../errors';
import type { LabImage } from '../lab';
import type { ImageChoice, ImageClass } from '../lab-plan';
import { type ImageReference, type KnownImage, labImageOf, parseReference, pinnedReferenceOf } from './image';
import type { ImageOffer, OfferSource } from './offer';

/** Source of the images that users may run. */
export interface ImageSource {
  /**
   * Finds the image a request asked for.
   *
   * @throws DomainError `unknown_image` or `invalid_docker_reference`, located at `body/options/<field>`;
   *   `images_unavailable` while nothing is known of images yet, or when the registry must be asked and is away.
   */
  resolve(choice: ImageChoice): Promise<LabImage>;
  /** Everything that is offered now. @throws DomainError `images_unavailable` while nothing is known of images yet. */
  offer(): Promise<ImageOffer>;
}

/** Finds the image that a request asks for, as far as that can be known without asking the registry. */
export function resolveImage(offer: ImageOffer, choice: ImageChoice): ImageResolution {
  switch (choice.field) {
    case 'image_list':
    case 'image_dropdown':
      return resolveReference(offer, choice.reference);
    case 'image_tag':
      return resolveTag(offer, choice.tag);
    case 'image_class':
      return resolveClass(offer, choice.imageClass);
  }
}

function resolveReference(offer: ImageOffer, text: string): ImageResolution {
  const { source } = offer;
  const reference = parseReference(text);
  if (!reference) {
    return refused({ code: 'invalid_docker_reference', message: `Docker reference "${text}" is not valid` });
  }
  switch (source.type) {
    case 'docker':
      return resolveDockerReference(offer, source, reference, text);
    case 'google':
      return resolveGoogleReference(offer, source, reference, text);
    case 'static':
      return resolveStaticReference(offer, reference, text);
  }
}

function resolveTag(offer: ImageOffer, tag: string): ImageResolution {
  if (offer.source.type === 'docker') return resolveDockerTag(offer, tag);
  const known = offer.all.byTag.get(tag);
  return known ? found(known) : refused(unknownTag(tag));
}

function resolveClass(offer: ImageOffer, imageClass: ImageClass): ImageResolution {
  const image = imageOfClass(offer, imageClass);
  if (!image) return refused({ code: 'unknown_image', message: `No ${imageClass} image found` });
  return offer.source.type === 'docker' ? foundOrRead(image) : found(image);
}

function imageOfClass(offer: ImageOffer, imageClass: ImageClass): KnownImage | null {
  switch (imageClass) {
    case 'recommended':
      return offer.recommended;
    case 'latest-release':
      return offer.latestRelease;
    case 'latest-weekly':
      return offer.latestWeekly;
    case 'latest-daily':
      return offer.latestDaily;
  }
}

/** Why a choice is refused; the caller throws it as DomainError, located at the field of the choice. */
export interface ImageRefusal {
  readonly code: Extract<ErrorCode, 'unknown_image' | 'invalid_docker_reference'>;
  readonly message: string;
}

/** Result of resolving the choice of an image. */
type ImageResolution =
  | { readonly kind: 'found'; readonly image: LabImage }
  /** The digest that the tag has now must be read from the registry. */
  | { readonly kind: 'read-digest'; readonly image: KnownImage }
  /** The image has the digest that was asked for, which the registry must serve; `otherwise` it is refused. */
  | { readonly kind: 'verify-digest'; readonly image: KnownImage; readonly otherwise: ImageRefusal }
  | { readonly kind: 'refused'; readonly refusal: ImageRefusal };

/** A refusal because there is no such image. */
const unknownReference = (text: string): ImageRefusal => ({
  code: 'unknown_image',
  message: `Docker reference "${text}" not found`,
});

/** A refusal because neither tag nor known digest says what to run. */
const noTag = (text: string): ImageRefusal => ({
  code: 'invalid_docker_reference',
  message: `Docker reference "${text}" has no tag`,
});

/** A refusal because a tag is not in the repository. */
export const unknownTag = (tag: string): ImageRefusal => ({
  code: 'unknown_image',
  message: `Docker tag "${tag}" not found`,
});

/** A choice that is not accepted. */
const refused = (refusal: ImageRefusal): ImageResolution => ({ kind: 'refused', refusal });

/** An image that may run as it is known: without a digest only where none is to be had. */
const found = (image: KnownImage): ImageResolution => ({ kind: 'found', image: labImageOf(image) });

/** An image of a repository: where its digest is not known it is to be read. */
const foundOrRead = (image: KnownImage): ImageResolution =>
  image.digest === null ? { kind: 'read-digest', image } : found(image);

type Repository = Extract<OfferSource, { registry: string }>;

const isIn = ({ registry, repository }: Repository, reference: ImageReference) =>
  reference.registry === registry && reference.repository === repository;

/**
 * Finds a reference in a Docker repository. What is prepulled is known well enough; of other tags the digest is read
 * at each spawn, since tags move.
 */
function resolveDockerReference(
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
function resolveDockerTag({ all, prepull, unlisted }: ImageOffer, tag: string): ImageResolution {
  const prepulled = prepull.byTag.get(tag);
  if (prepulled) return foundOrRead(prepulled);
  const known = all.byTag.get(tag) ?? unlisted?.(tag);
  return known ? { kind: 'read-digest', image: { ...known, digest: null } } : refused(unknownTag(tag));
}

/** Finds a reference in a Google repository, whose digests are all known. */
function resolveGoogleReference(
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

/** Finds a reference in a fixed list, by its digest if it has one, else by its tag; the first that fits counts. */
function resolveStaticReference({ all }: ImageOffer, wanted: ImageReference, text: string): ImageResolution {
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
