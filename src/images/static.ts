import { DomainError, type ErrorCode } from '../domain/errors';
import { type ImageReference, parseReference } from '../domain/images/reference';
import type { ImageMenu, ImageSource } from '../domain/images/source';
import type { LabImage } from '../domain/lab';
import type { ImageChoice } from '../domain/lab-options';

/** One image of the configuration. */
export interface ConfiguredImage {
  /** Unique name for people. */
  readonly name: string;
  /** `registry/repository:tag`, with `@digest` where it shall not move. */
  readonly reference: string;
}

interface KnownImage {
  readonly image: LabImage;
  readonly reference: ImageReference;
}

/**
 * Offers a fixed list of images; where several fit, the first in the list counts. `recommended` is the name
 * of one of them, or null.
 *
 * @throws Error for a reference that is none, and for a recommended image that is not listed.
 */
export function createStaticImageSource(
  images: readonly ConfiguredImage[],
  recommended: string | null,
): ImageSource {
  const known = images.map(toKnownImage);
  const recommendedImage = known.find(({ image }) => image.name === recommended)?.image ?? null;
  if (recommended !== null && recommendedImage === null) {
    throw new Error(`the recommended image "${recommended}" is not in the list of images`);
  }
  const menu = menuOf(images, recommended);
  return {
    resolve: async (choice) => resolve(choice, known, recommendedImage),
    menu: async () => menu,
  };
}

/** All images in both lists. Which nodes have them is not known. */
function menuOf(images: readonly ConfiguredImage[], recommended: string | null): ImageMenu {
  const offered = images.map(({ name, reference }) => ({ name, reference }));
  const isFirst = ({ name }: ConfiguredImage) => name === recommended;
  const ordered = [...offered.filter(isFirst), ...offered.filter((image) => !isFirst(image))];
  return { images: ordered.map((image) => ({ ...image, isCached: null })), dropdown: offered };
}

function toKnownImage({ name, reference: text }: ConfiguredImage): KnownImage {
  const reference = parseReference(text);
  if (!reference) throw new Error(`"${text}" is not a Docker reference`);
  return { image: { name, reference: text, digest: reference.digest }, reference };
}

function resolve(choice: ImageChoice, known: readonly KnownImage[], recommended: LabImage | null): LabImage {
  switch (choice.field) {
    case 'image_list':
    case 'image_dropdown':
      return byReference(choice, known);
    case 'image_tag': {
      const found = known.find(({ reference }) => reference.tag === choice.tag);
      return found?.image ?? refuse(choice, 'unknown_image', `Docker tag "${choice.tag}" not found`);
    }
    case 'image_class': {
      const found = choice.imageClass === 'recommended' ? recommended : null;
      return found ?? refuse(choice, 'unknown_image', `No ${choice.imageClass} image found`);
    }
  }
}

function byReference(
  choice: Extract<ImageChoice, { reference: string }>,
  known: readonly KnownImage[],
): LabImage {
  const text = choice.reference;
  const exact = known.find(({ image }) => image.reference === text);
  if (exact) return exact.image;
  const wanted = parseReference(text);
  if (!wanted) return refuse(choice, 'invalid_docker_reference', `Docker reference "${text}" is not valid`);
  const candidates = known.filter(
    ({ reference }) => reference.registry === wanted.registry && reference.repository === wanted.repository,
  );
  const found = candidates.find(({ reference }) =>
    wanted.digest === null ? reference.tag === wanted.tag : reference.digest === wanted.digest,
  );
  if (found && (wanted.tag ?? wanted.digest) !== null) return found.image;
  if (candidates.length > 0 && wanted.tag === null) {
    return refuse(choice, 'invalid_docker_reference', `Docker reference "${text}" has no tag`);
  }
  return refuse(choice, 'unknown_image', `Docker reference "${text}" not found`);
}

function refuse(choice: ImageChoice, code: ErrorCode, message: string): never {
  throw new DomainError(code, message, ['body', 'options', choice.field]);
}
