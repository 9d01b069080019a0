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
  /** The hub's variables without its secrets; holds `JUPYTERHUB_SERVICE_PREFIX`. */
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
  /** A sealed `LabSecrets` document. */
  readonly secrets: Sealed;
}

/** What only the lab's Secret may hold in readable form. */
export interface LabSecrets {
  /** The user's delegated token; null where the identity source has none to give. */
  readonly token: string | null;
  /** The hub's secret variables, by name. */
  readonly hubEnvironment: Readonly<Record<string, string>>;
}
