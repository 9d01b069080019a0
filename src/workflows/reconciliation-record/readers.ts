import { list, object, ofLength, type Reader, text } from '../../domain/shapes';
import type { ReconciliationFacts } from './messages';

/** What a memo holds, well below what the server takes. */
const MAX_LENGTH = 1_000_000;

const MAX_USERS = 100_000;
const MAX_NAME = 253;

/** What a reconciliation pass leaves for the API. A list of which a part cannot be read says nothing. */
export const readReconciliationFacts: Reader<ReconciliationFacts> = ofLength(
  object<ReconciliationFacts>({ unsettled: list(text(MAX_NAME), MAX_USERS) }),
  MAX_LENGTH,
);
