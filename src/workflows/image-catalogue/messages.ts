import { defineSignal } from '@temporalio/workflow';
import type { CatalogueFreshness } from '../../domain/images/catalogue';

/** A catalogue in the form that it is published in. */
export interface PublishedCatalogue {
  /** The same for the same content. */
  readonly id: string;
  /** Compressed, as text. */
  readonly data: string;
}

/** What a refresh has found. */
export interface CatalogueRefresh extends CatalogueFreshness {
  /** Null when the content is as it was, or could not be read. */
  readonly catalogue: PublishedCatalogue | null;
  /** For operators: what the catalogue lacks although the refresh has worked. */
  readonly notice?: string | null | undefined;
}

/** A refresh has ended, well or not. */
export const catalogueRefreshed = defineSignal<[CatalogueRefresh]>('catalogueRefreshed');
