import { setCurrentDetails, upsertMemo, workflowInfo } from '@temporalio/workflow';
import { memoHolder } from '../lifecycle/memo-holder';
import { type CatalogueRefresh, catalogueRefreshed } from './messages';
import { readCatalogueRefresh } from './readers';

/**
 * Holds the image catalogue: replicas of the API read its memo, without a worker and without a registry. A refresh that
 * failed leaves the catalogue as it was and publishes why and since when.
 */
export const imageCatalogue = memoHolder(catalogueRefreshed, readCatalogueRefresh, publish);

function publish({ catalogue, refreshedAt, failure, notice }: CatalogueRefresh): void {
  const known = workflowInfo().memo?.['freshness'] as { refreshedAt?: string | null } | undefined;
  const last = refreshedAt ?? known?.refreshedAt ?? null;
  const freshness = { refreshedAt: last, failure, ...(notice ? { notice } : {}) };
  upsertMemo({ freshness, ...(catalogue ? { catalogue } : {}) });
  setCurrentDetails(failure ?? `Refreshed at ${refreshedAt}${notice ? `. ${notice}` : ''}`);
}
