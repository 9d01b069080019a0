import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { DomainError } from '../../domain/errors';
import { type ImageCatalogue, withImageOnNode } from '../../domain/images/catalogue';
import { type KnownImage, labImageOf } from '../../domain/images/image';
import { type ImageOffer, type OfferSettings, offerOf } from '../../domain/images/offer';
import { type ImageRefusal, type ImageSource, resolveImage, unknownTag } from '../../domain/images/selection';
import type { LabImage } from '../../domain/lab';
import type { ImageChoice } from '../../domain/lab-plan';
import type { ImageRepository } from '../../registry/image-repository';
import { decodeCatalogue, readCatalogue } from '../../workflow-clients/catalogue';
import { readPulled } from '../../workflow-clients/prepull';
import type { PublishedCatalogue } from '../../workflows/image-catalogue/messages';
import { recent } from './recent';
import { callTemporal } from './temporal-errors';

const CALL_DEADLINE_MS = 10_000;

/** Timeout of a read whose earlier result can be used: requests must not wait long while Temporal is unavailable. */
const REPEATED_CALL_DEADLINE_MS = 2_000;

/** Greatest age of a cached catalogue: all requests within that time share one read from Temporal. */
const MAX_AGE_MS = 2_000;

/**
 * Reads the published image catalogue, with images that were pulled to nodes since; returns the same object while it is
 * unchanged. When it cannot be read, returns the one that was read last.
 */
export function createCatalogueReader(client: Client, logger: Logger): () => Promise<ImageCatalogue> {
  let latest: { readonly key: string; readonly catalogue: ImageCatalogue } | null = null;

  async function read(): Promise<string | null> {
    const { published, refreshedAt, failure } = await readCatalogue(client);
    if (!published) return failure ?? 'no refresh has ended yet';
    const pulled = await readPulled(client, refreshedAt);
    const key = JSON.stringify([published.id, pulled]);
    if (latest?.key !== key) {
      const catalogue = pulled.reduce((known, image) => withImageOnNode(known, image), decoded(published));
      latest = { key, catalogue };
    }
    return null;
  }

  let isStale = false;
  const noteStale = (error: unknown): void => {
    if (!isStale) logger.warn({ err: error }, 'images cannot be read now; those last read stay on offer');
    isStale = true;
  };

  /** A missing catalogue is not cached: the first refresh may end any moment, and users wait for it. */
  const hasAnswered = () => latest !== null;

  const refresh = recent(
    () => {
      const deadline = Date.now() + (latest ? REPEATED_CALL_DEADLINE_MS : CALL_DEADLINE_MS);
      return callTemporal(() => client.connection.withDeadline(deadline, read));
    },
    MAX_AGE_MS,
    hasAnswered,
  );

  return async () => {
    let why: string | null = null;
    try {
      why = await refresh();
      isStale = false;
    } catch (error) {
      if (!latest) throw error;
      noteStale(error);
    }
    if (latest) return latest.catalogue;
    throw new DomainError('images_unavailable', `Nothing is known of images yet: ${why ?? 'unknown'}`);
  };
}

/** @throws DomainError `images_unavailable` for a catalogue in the format of a newer version. */
function decoded(published: PublishedCatalogue): ImageCatalogue {
  try {
    return decodeCatalogue(published);
  } catch (cause) {
    const message = 'What is known of images cannot be read by this version of the controller';
    throw new DomainError('images_unavailable', message, undefined, { cause });
  }
}

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
