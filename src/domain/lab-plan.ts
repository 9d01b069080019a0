import type { LabImage } from './lab';
import type { LabResources, ResourceAmount } from './resources';
import type { PosixUser } from './user';

/** Sizes an operator can configure, smallest first; `custom` stands for adopted labs that match none. */
export const LAB_SIZES = [
  'fine',
  'diminutive',
  'tiny',
  'small',
  'medium',
  'large',
  'huge',
  'gargantuan',
  'colossal',
  'custom',
] as const;

export type LabSize = (typeof LAB_SIZES)[number];

/** Classes by which an image can be asked for instead of by name. */
export const IMAGE_CLASSES = ['recommended', 'latest-release', 'latest-weekly', 'latest-daily'] as const;

export type ImageClass = (typeof IMAGE_CLASSES)[number];

/** The one way in which a request named its image; `field` is the request key, used to locate errors. */
export type ImageChoice =
  | { readonly field: 'image_list' | 'image_dropdown'; readonly reference: string }
  | { readonly field: 'image_class'; readonly imageClass: ImageClass }
  | { readonly field: 'image_tag'; readonly tag: string };

/** What a user asked for, after the form's list and sentinel rules have been applied. */
export interface LabOptions {
  readonly image: ImageChoice;
  readonly size: LabSize;
  readonly enableDebug: boolean;
  readonly resetUserEnv: boolean;
  /** Whether to start with a full home directory too, where it is checked. */
  readonly startFull: boolean;
}

/**
 * A secret encrypted for one purpose: the only form in which a secret may be in a workflow history. Binary parts are
 * base64.
 */
export interface Sealed {
  /** Of the form; absent for this one. A later form must have it, and may have other fields. */
  readonly version?: number;
  readonly keyId: string;
  readonly iv: string;
  readonly ciphertext: string;
  readonly tag: string;
}

/** The configuration that a spawn was accepted under, sealed since files may hold confidential values. */
export interface SealedConfiguration {
  readonly id: string;
  readonly source: Sealed;
}

/** A lab as it was resolved from a request: all options, image and sizes are known. */
export interface LabDesign {
  readonly user: PosixUser;
  readonly image: LabImage;
  readonly size: LabSize;
  readonly resources: LabResources;
  readonly quota: ResourceAmount | null;
  readonly enableDebug: boolean;
  readonly resetUserEnv: boolean;
  /** Whether the lab starts with a full home directory; absent where it does not, or where that is not checked. */
  readonly startFull?: boolean;
  /** Page of the user's file server; absent where there is none, or where home directories are not checked. */
  readonly filesUrl?: string;
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
