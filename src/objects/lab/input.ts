import type { Config } from '../../config/config';
import type { DiscoveryDocument } from '../../domain/discovery';
import type { LabDesign, LabSecrets } from '../../domain/lab-plan';
import type { LabIdentity } from '../labels';

/** A secret read from the controller's namespace; values are base64. */
export interface ReadSecret {
  readonly type: string;
  readonly data: Readonly<Record<string, string>>;
}

/** Everything a lab's objects are made of. */
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

/** Whom and which spawn the objects belong to. */
export function labIdentity({ config, plan, operationId }: LabObjectsInput): LabIdentity {
  return {
    username: plan.user.username,
    operationId,
    application: config.lab.application,
    labels: config.lab.labels,
  };
}
