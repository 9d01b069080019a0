import { DomainError } from '../../domain/errors';
import type { ImageCatalogue } from '../../domain/images/catalogue';
import type { KnownImage } from '../../domain/images/image';
import { labImageOf } from '../../domain/images/image';
import type { ImageOffer } from '../../domain/images/offer';
import { type OfferSettings, offerOf } from '../../domain/images/offer';
import type { ImageSource } from '../../domain/images/selection';
import { type ImageRefusal, resolveImage, unknownTag } from '../../domain/images/selection';
import type { LabImage } from '../../domain/lab';
import type { ImageChoice } from '../../domain/lab-options';
import type { ImageRepository } from '../../registry/image-repository';

/** How long an offer stands before it is made anew, since images grow too old for the drop-down. */
const OFFER_MAX_AGE_MS = 60_000;

export interface ImageSourceOptions {
  readonly settings: OfferSettings;
  /**
   * What is known of images, the same object as long as it is the same.
   *
   * @throws DomainError `images_unavailable` while nothing is known.
   */
  readonly catalogue: () => Promise<ImageCatalogue>;
  /**
   * Makes the client that is asked for what a choice needs and the catalogue lacks; null for a fixed list, where
   * that never is.
   */
  readonly connect: () => ImageRepository | null;
}

const NO_CATALOGUE: ImageCatalogue = { version: 1, registry: '', repository: '', tags: [], nodes: [] };

/** Offers what the catalogue has under these settings; asks the registry only for digests that it must know. */
export function createImageSource({ settings, catalogue, connect }: ImageSourceOptions): ImageSource {
  let latest: {
    readonly catalogue: ImageCatalogue;
    readonly offer: ImageOffer;
    readonly madeAt: number;
  } | null = null;

  let repository: ImageRepository | null = null;

  async function offer(): Promise<ImageOffer> {
    const known = settings.images.source.type === 'static' ? NO_CATALOGUE : await catalogue();
    const now = Date.now();
    if (latest?.catalogue !== known || now - latest.madeAt > OFFER_MAX_AGE_MS) {
      latest = { catalogue: known, offer: offerOf(known, settings, now), madeAt: now };
    }
    return latest.offer;
  }

  async function ask<Answer>(
    image: KnownImage,
    question: (registry: ImageRepository) => Promise<Answer>,
  ): Promise<Answer> {
    try {
      repository ??= connect();
      if (!repository) throw new Error('a fixed list has no registry to ask');
      if (repository.registry !== image.registry || repository.repository !== image.repository) {
        throw new Error('another repository has been configured, and no refresh has read it yet');
      }
      return await question(repository);
    } catch (error) {
      // The next question is asked with the credentials as they are then.
      repository = null;
      const message =
        'The image registry could not be asked for this image; try again or choose another image';
      throw new DomainError('images_unavailable', message, undefined, { cause: error });
    }
  }

  async function withDigest(image: KnownImage, choice: ImageChoice): Promise<LabImage> {
    const digest = image.digest ?? (await ask(image, (registry) => registry.digestOf(image.tag)));
    if (digest === null) throw refusal(choice, unknownTag(image.tag));
    return labImageOf({ ...image, digest });
  }

  return {
    offer,
    async resolve(choice) {
      const resolution = resolveImage(await offer(), choice);
      switch (resolution.kind) {
        case 'found':
          return resolution.image;
        case 'read-digest':
          return withDigest(resolution.image, choice);
        case 'verify-digest': {
          const { image, otherwise } = resolution;
          const isServed = await ask(image, (registry) => registry.hasDigest(image.digest ?? ''));
          if (!isServed) throw refusal(choice, otherwise);
          return labImageOf(image);
        }
        case 'refused':
          throw refusal(choice, resolution.refusal);
      }
    },
  };
}

function refusal(choice: ImageChoice, { code, message }: ImageRefusal): DomainError {
  return new DomainError(code, message, ['body', 'options', choice.field]);
}
