import {
  condition,
  makeContinueAsNewFunc,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { type CatalogueRefresh, catalogueRefreshed } from './messages';

/**
 * Holds what is known of images, for ever: its memo is what replicas read, without a worker and without a registry. A
 * refresh that failed leaves the catalogue as it was and says why and since when.
 */
export async function imageCatalogue(): Promise<void> {
  let isRefreshed = false;
  setHandler(catalogueRefreshed, (refresh) => {
    publish(refresh);
    isRefreshed = true;
  });
  await condition(() => isRefreshed && workflowInfo().continueAsNewSuggested);
  // Without naming the memo again, an upserted memo is lost.
  await makeContinueAsNewFunc<typeof imageCatalogue>({ memo: workflowInfo().memo })();
}

function publish({ catalogue, refreshedAt, failure, notice }: CatalogueRefresh): void {
  const known = workflowInfo().memo?.['freshness'] as { refreshedAt?: string | null } | undefined;
  const last = refreshedAt ?? known?.refreshedAt ?? null;
  const freshness = { refreshedAt: last, failure, ...(notice ? { notice } : {}) };
  upsertMemo({ freshness, ...(catalogue ? { catalogue } : {}) });
  setCurrentDetails(failure ?? `Refreshed at ${refreshedAt}${notice ? `. ${notice}` : ''}`);
}
