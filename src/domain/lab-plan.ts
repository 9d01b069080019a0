import type { LabImage } from './lab';
import type { LabSize } from './lab-options';
import type { LabResources, ResourceAmount } from './resources';
import type { Sealed, SealedConfiguration } from './sealed';
import type { PosixUser } from './user';

/** A lab with every question answered. */
export interface LabDesign {
  readonly user: PosixUser;
  readonly image: LabImage;
  readonly size: LabSize;
  readonly resources: LabResources;
  readonly quota: ResourceAmount | null;
  readonly enableDebug: boolean;
  readonly resetUserEnv: boolean;
  /** Of the hub's variables only what the lab's address is made with, as `labUrl` takes it: all others are sealed. */
  readonly environment: Readonly<Record<string, string>>;
  /** As in `LabRecord`. */
  readonly hubTokenDigest?: string;
  /** Where the lab's objects go. */
  readonly namespace: string;
}

/** An accepted spawn: what the lab's Kubernetes objects are built from. */
export interface LabPlan extends LabDesign {
  /** What the lab's objects are made of besides, as of when the spawn was accepted. */
  readonly configuration: SealedConfiguration;
  /** RFC 3339 instant of the acceptance; absent in plans of earlier versions, which are refused. */
  readonly acceptedAt?: string;
  /** A sealed `LabSecrets` document. */
  readonly secrets: Sealed;
}

/** What a lab is made of that no history may hold in readable form. */
export interface LabSecrets {
  /** The user's delegated token; null where the identity source has none to give. */
  readonly token: string | null;
  /** The hub's secret variables, by name. */
  readonly hubEnvironment: Readonly<Record<string, string>>;
  /** The hub's other variables, by name; holds `JUPYTERHUB_SERVICE_PREFIX`. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The least time for which an accepted spawn can be carried out, say while all workers are away. */
const MIN_VALIDITY_MS = 3_600_000;

/** When an accepted spawn can no longer be carried out, in milliseconds of the epoch; NaN without an acceptance. */
export function spawnExpiry({
  plan,
  timeouts,
}: {
  readonly plan: Pick<LabPlan, 'acceptedAt'>;
  readonly timeouts: { readonly spawnMs: number };
}): number {
  return Date.parse(plan.acceptedAt ?? '') + Math.max(2 * timeouts.spawnMs, MIN_VALIDITY_MS);
}
