import { createSecretKey, randomBytes } from 'node:crypto';
import { createLabObserver } from '../../src/activities/lab-observer';
import { labWorkflowId } from '../../src/domain/lab-key';
import type { LabSecrets } from '../../src/domain/lab-plan';
import { createAddressProver } from '../../src/sealing/address-proof';
import { type SealingKey, sealingKeys } from '../../src/sealing/keys';
import { createSealer } from '../../src/sealing/sealer';
import { sealSpawn } from '../../src/sealing/spawn';
import type { SpawnRequest } from '../../src/workflows/lab/messages';
import { aSpawnRequest } from './builders';

/** A random sealing key of this ID. */
export const aKey = (id: string): SealingKey => ({ id, key: createSecretKey(randomBytes(32)) });

const keys = sealingKeys([aKey('test')]);

/** Sealer of an installation with one key. */
export const sealer = createSealer(keys);
export const prover = createAddressProver(keys);

/** Observes the pods of labs whose namespaces begin with `lab-`. */
export const observer = createLabObserver(prover, () => 'lab');

const NO_SECRETS: LabSecrets = { token: null, hubEnvironment: {}, environment: {} };

/** A request as the API accepts it now, for the user's workflow. */
export function aSealedRequest(changes: Partial<SpawnRequest> = {}, secrets = NO_SECRETS): SpawnRequest {
  const { plan, ...request } = { ...aSpawnRequest(), ...changes };
  const { secrets: _, ...unsealed } = { ...plan, acceptedAt: new Date().toISOString() };
  return sealSpawn({ ...request, plan: unsealed }, secrets, labWorkflowId(plan.user.username), sealer);
}
