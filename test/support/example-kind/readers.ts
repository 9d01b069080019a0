import { latest, numberIn, object, oneOf, type Reader, text } from '../../../src/domain/shapes';
import type { ClaimInput, ClaimNews, ClaimObservation, ClaimTimeouts, ReleaseRequest } from './messages';

const word = text(128);
const ms = numberIn(0, 1e12);

const readClaim = object<ClaimObservation>({
  uid: word,
  resourceVersion: word,
  spawnId: word,
  phase: oneOf(['Pending', 'Bound', 'Lost']),
});

export const readClaimNews: Reader<ClaimNews> = object<ClaimNews>({ claims: latest(readClaim, 100) });

export const readRelease: Reader<ReleaseRequest> = object<ReleaseRequest>({ requester: word });

export const readClaimInput: Reader<ClaimInput> = object<ClaimInput>(
  {
    id: word,
    timeouts: object<ClaimTimeouts>({ bindMs: ms, checkMs: ms, retentionMs: ms, kubernetesRequestMs: ms }),
    claim: readClaim,
  },
  ['claim'],
);
