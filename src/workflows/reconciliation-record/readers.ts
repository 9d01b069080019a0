import { list, object, ofLength, type Reader, text } from '../../domain/shapes';
import type { ReconciliationFacts } from './messages';

/** Longest memo as JSON, well below the server's limit. */
const MAX_LENGTH = 1_000_000;

const MAX_USERS = 100_000;
const MAX_NAME = 253;

/** Reads the result of a reconciliation pass; refuses a list of which a part cannot be read. */
export const readReconciliationFacts: Reader<ReconciliationFacts> = ofLength(
  object<ReconciliationFacts>({ unsettled: list(text(MAX_NAME), MAX_USERS) }),
  MAX_LENGTH,
);
