import type { LabImage } from './lab';
import type { LabSize } from './lab-options';
import type { LabResources, ResourceAmount } from './resources';
import type { Sealed, SealedConfiguration } from './sealed';
import type { PosixUser } from './user';

/** A lab as it was resolved from a request: all options, image and sizes are known. */
export interface LabDesign {
  readonly user: PosixUser;
  readonly image: LabImage;
  readonly size: LabSize;
  readonly resources: LabResources;
  readonly quota: ResourceAmount | null;
  readonly enableDebug: boolean;
  readonly resetUserEnv: boolean;
  /** Of the hub's variables only those that `labUrl` takes; all others are sealed. */
  readonly environment: Readonly<Record<string, string>>;
  /** As in `LabRecord`. */
  readonly hubTokenDigest?: string;
  /** Where the lab's objects go. */
  readonly namespace: string;
}

/** An accepted spawn: what the lab's Kubernetes objects are built from. */
export interface LabPlan extends LabDesign {
  /** The configuration in force when the spawn was accepted, from which the objects are built. */
  readonly configuration: SealedConfiguration;
  /** RFC 3339 instant of the acceptance; absent in plans of earlier versions, which are refused. */
  readonly acceptedAt?: string;
  /** A sealed `LabSecrets` document. */
  readonly secrets: Sealed;
}

/** The inputs of a lab that must not be readable in a history. */
export interface LabSecrets {
  /** The user's delegated token; null where the identity source has none to give. */
  readonly token: string | null;
  /** The hub's secret variables, by name. */
  readonly hubEnvironment: Readonly<Record<string, string>>;
  /** The hub's other variables, by name; holds `JUPYTERHUB_SERVICE_PREFIX`. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Lower bound of a spawn's validity, for the case that all workers are down. */
const MIN_VALIDITY_MS = 3_600_000;

/** When an accepted spawn expires, in milliseconds of the epoch; NaN for a plan without the instant of acceptance. */
export function spawnExpiry({
  plan,
  timeouts,
}: {
  readonly plan: Pick<LabPlan, 'acceptedAt'>;
  readonly timeouts: { readonly spawnMs: number };
}): number {
  return Date.parse(plan.acceptedAt ?? '') + Math.max(2 * timeouts.spawnMs, MIN_VALIDITY_MS);
}
