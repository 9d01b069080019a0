import type { ErrorCode } from '../errors';
import type { LabImage } from '../lab';
import { type KnownImage, labImageOf } from './image';

/** Why a choice is refused; the caller throws it as DomainError, located at the field of the choice. */
export interface ImageRefusal {
  readonly code: Extract<ErrorCode, 'unknown_image' | 'invalid_docker_reference'>;
  readonly message: string;
}

/** What the choice of an image comes to. */
export type ImageResolution =
  | { readonly kind: 'found'; readonly image: LabImage }
  /** The digest that the tag has now must be read from the registry. */
  | { readonly kind: 'read-digest'; readonly image: KnownImage }
  /** The image has the digest that was asked for, which the registry must serve; `otherwise` it is refused. */
  | { readonly kind: 'verify-digest'; readonly image: KnownImage; readonly otherwise: ImageRefusal }
  | { readonly kind: 'refused'; readonly refusal: ImageRefusal };

/** A refusal because there is no such image. */
export const unknownReference = (text: string): ImageRefusal => ({
  code: 'unknown_image',
  message: `Docker reference "${text}" not found`,
});

/** A refusal because neither tag nor known digest says what to run. */
export const noTag = (text: string): ImageRefusal => ({
  code: 'invalid_docker_reference',
  message: `Docker reference "${text}" has no tag`,
});

/** A refusal because a tag is not in the repository. */
export const unknownTag = (tag: string): ImageRefusal => ({
  code: 'unknown_image',
  message: `Docker tag "${tag}" not found`,
});

/** A choice that is not accepted. */
export const refused = (refusal: ImageRefusal): ImageResolution => ({ kind: 'refused', refusal });

/** An image that may run as it is known: without a digest only where none is to be had. */
export const found = (image: KnownImage): ImageResolution => ({ kind: 'found', image: labImageOf(image) });

/** An image of a repository: where its digest is not known it is to be read. */
export const foundOrRead = (image: KnownImage): ImageResolution =>
  image.digest === null ? { kind: 'read-digest', image } : found(image);
