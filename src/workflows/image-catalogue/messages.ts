import { defineSignal } from '@temporalio/workflow';
import type { CatalogueFreshness } from '../../domain/images/catalogue';

/** A catalogue as it is published. */
export interface PublishedCatalogue {
  /** Digest of the content. */
  readonly id: string;
  /** Compressed, as text. */
  readonly data: string;
}

/** Result of a refresh. */
export interface CatalogueRefresh extends CatalogueFreshness {
  /** Null when the content is unchanged, or could not be read. */
  readonly catalogue: PublishedCatalogue | null;
  /** The refresh warning, for operators: what the catalogue lacks although the refresh succeeded. */
  readonly notice?: string | null | undefined;
}

/** A refresh has succeeded or failed. */
export const catalogueRefreshed = defineSignal<[CatalogueRefresh]>('catalogueRefreshed');
