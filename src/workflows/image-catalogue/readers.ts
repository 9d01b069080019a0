import { nullable, object, type Reader, shortenedText, text, word } from '../../domain/shapes';
import type { CatalogueRefresh } from './messages';

/** Longest catalogue of a memo, in UTF-16 units; the rest of the memo fits below the server's limit. */
const MAX_CATALOGUE_LENGTH = 2_000_000;

const MAX_MESSAGE = 16_384;
const MAX_INSTANT = 64;

/** Reads the result of a refresh. */
export const readCatalogueRefresh: Reader<CatalogueRefresh> = object<CatalogueRefresh>(
  {
    catalogue: nullable(object({ id: text(MAX_INSTANT), data: word(MAX_CATALOGUE_LENGTH) })),
    refreshedAt: nullable(text(MAX_INSTANT)),
    failure: nullable(shortenedText(MAX_MESSAGE)),
    notice: nullable(shortenedText(MAX_MESSAGE)),
  },
  ['notice'],
);
