import { DomainError } from '../../domain/errors';
import type { ImageCatalogue } from '../../domain/images/catalogue';
import { type KnownImage, labImageOf } from '../../domain/images/image';
import { type ImageOffer, type OfferSettings, offerOf } from '../../domain/images/offer';
import type { ImageSource } from '../../domain/images/selection';
import { type ImageRefusal, resolveImage, unknownTag } from '../../domain/images/selection';
import type { LabImage } from '../../domain/lab';
import type { ImageChoice } from '../../domain/lab-plan';
import type { ImageRepository } from '../../registry/image-repository';

/** Greatest age of an offer. It depends on the time, since images become too old for the drop-down. */
const OFFER_MAX_AGE_MS = 60_000;

export interface ImageSourceOptions {
  readonly settings: OfferSettings;
  /**
   * The image catalogue; the same object while it is unchanged.
   *
   * @throws DomainError `images_unavailable` while there is none.
   */
  readonly catalogue: () => Promise<ImageCatalogue>;
  /**
   * Creates the client of the registry, for digests that a choice needs and the catalogue lacks; null for a fixed list,
   * which has all digests.
   */
  readonly connect: () => ImageRepository | null;
}

const NO_CATALOGUE: ImageCatalogue = { version: 1, registry: '', repository: '', tags: [], nodes: [] };

/** Offers the images of the catalogue by these settings; reads only missing digests from the registry. */
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
      // The next request uses the credentials as they are then.
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
