import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { DomainError } from '../../domain/errors';
import { type ImageCatalogue, withImageOnNode } from '../../domain/images/catalogue';
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
