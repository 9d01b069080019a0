import { nullable, object, type Reader, shortenedText, text, word } from '../../domain/shapes';
import type { CatalogueRefresh } from './messages';

/** What a memo holds beside the rest, well below what the server takes. */
const MAX_CATALOGUE_LENGTH = 2_000_000;

const MAX_MESSAGE = 16_384;
const MAX_INSTANT = 64;

/** What a refresh has found. */
export const readCatalogueRefresh: Reader<CatalogueRefresh> = object<CatalogueRefresh>(
  {
    catalogue: nullable(object({ id: text(MAX_INSTANT), data: word(MAX_CATALOGUE_LENGTH) })),
    refreshedAt: nullable(text(MAX_INSTANT)),
    failure: nullable(shortenedText(MAX_MESSAGE)),
    notice: nullable(shortenedText(MAX_MESSAGE)),
  },
  ['notice'],
);
