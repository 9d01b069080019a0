import type { Client } from '@temporalio/client';
import { DomainError } from '../../domain/errors';
import type { ImageCatalogue } from '../../domain/images/catalogue';
import { decodeCatalogue, readCatalogue } from '../../temporal/catalogue';
import { callTemporal } from '../temporal-errors';
import { recent } from './recent';

const CALL_DEADLINE_MS = 10_000;

/** How old what is known may be: all requests of that time share one question to Temporal. */
const MAX_AGE_MS = 2_000;

/**
 * What is known of images, as the catalogue's workflow has published it. While Temporal is away, the catalogue last
 * read counts.
 */
export function createCatalogueReader(client: Client): () => Promise<ImageCatalogue> {
  let latest: { readonly id: string; readonly catalogue: ImageCatalogue } | null = null;

  const refresh = recent(async () => {
    const state = await callTemporal(() =>
      client.connection.withDeadline(Date.now() + CALL_DEADLINE_MS, () => readCatalogue(client)),
    );
    const { published } = state;
    if (published && published.id !== latest?.id) {
      latest = { id: published.id, catalogue: decodeCatalogue(published) };
    }
    return state;
  }, MAX_AGE_MS);

  return async () => {
    const state = await refresh().catch((error: unknown) => {
      if (!latest) throw error;
      return null;
    });
    if (latest) return latest.catalogue;
    const why = state?.failure ?? 'no refresh has ended yet';
    throw new DomainError('images_unavailable', `Nothing is known of images yet: ${why}`);
  };
}
