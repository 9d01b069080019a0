import type { V1ObjectMeta } from '@kubernetes/client-node';
import type { Config } from '../../config/config';
import type { DiscoveryDocument } from '../../domain/discovery';
import {
  environmentConfigMapName,
  filesConfigMapName,
  type LabKey,
  labKey,
  nssConfigMapName,
  podName,
} from '../../domain/lab-key';
import type { LabDesign, LabSecrets } from '../../domain/lab-plan';
import { objectMetadata, type SetMetadata } from '../labels';
import { labMetadata } from './metadata';

/** A secret read from the controller's namespace; values are base64. */
export interface ReadSecret {
  readonly type: string;
  readonly data: Readonly<Record<string, string>>;
}

/** What a lab's objects are built from. */
export interface LabObjectsInput {
  readonly config: Pick<Config, 'lab' | 'supportImage' | 'baseUrl' | 'repertoireBaseUrl'>;
  readonly plan: LabDesign;
  /** The spawn's operation; becomes a label. */
  readonly operationId: string;
  readonly secrets: LabSecrets;
  /** By name, at least those that `copiedSecretNames` lists. */
  readonly copiedSecrets: Readonly<Record<string, ReadSecret>>;
  /** The secret that `lab.pullSecret` names; null when that is null. */
  readonly pullSecret: ReadSecret | null;
  /** Null in installations without service discovery: then labs have no discovery file. */
  readonly discovery: DiscoveryDocument | null;
}

/** The input of the builders of single objects: that of the lab, and what is computed once for all of them. */
export interface LabObjectSet extends LabObjectsInput {
  readonly lab: LabKey;
  readonly names: {
    /** Also of the quota, the network policy and the lab's own secret. */
    readonly pod: string;
    readonly environment: string;
    readonly files: string;
    readonly nss: string;
  };
  readonly metadata: SetMetadata;
}

/** Computes what the objects of a lab have in common. */
export function labObjectSet(input: LabObjectsInput): LabObjectSet {
  const { config, operationId, plan } = input;
  const lab = labKey(plan.user);
  const { application, labels } = config.lab;
  return {
    ...input,
    lab,
    names: {
      pod: podName(lab),
      environment: environmentConfigMapName(lab),
      files: filesConfigMapName(lab),
      nss: nssConfigMapName(lab),
    },
    metadata: labMetadata({ username: lab, operationId, application, labels }),
  };
}

/** The metadata of an object in the lab's namespace; `annotations` are added to those of the set. */
export function metadataOf(
  { metadata, plan }: LabObjectSet,
  name: string,
  annotations: Readonly<Record<string, string>> = {},
): V1ObjectMeta {
  return objectMetadata(metadata, name, plan.namespace, annotations);
}
