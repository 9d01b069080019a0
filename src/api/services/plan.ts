import type { Config, ConfigVersion } from '../../config/config';
import { DomainError } from '../../domain/errors';
import type { ImageSource } from '../../domain/images/selection';
import { canNameObjects, labWorkflowId, namespaceName } from '../../domain/lab-key';
import type { LabOptions, LabPlan, LabSecrets } from '../../domain/lab-plan';
import { labTimeouts } from '../../domain/lab-timeouts';
import { fitsQuota } from '../../domain/resources';
import { isLabUsername, LAB_USERNAME_RULE, type PosixUser, type User } from '../../domain/user';
import type { Sealer } from '../../sealing/sealer';
import { sealConfiguration, sealSpawn } from '../../sealing/spawn';
import { newOperationId } from '../../workflow-clients/lab/executions';
import type { DelegatedUser } from '../authentication/authentication';
import type { Dependencies, LabSettings, PlannedSpawn, SpawnContext } from '../dependencies';
import type { LabRequest } from '../schemas/lab-request';
import { filesUrlOf } from './files-url';
import { requirePosixIdentity } from './posix-identity';
import { withUsageUrl } from './usage-urls';

/** The only variable that a lab's workflow uses. */
const ADDRESS_VARIABLE = 'JUPYTERHUB_SERVICE_PREFIX';

const SIZE_LOCATION = ['body', 'options', 'size'] as const;

/**
 * Plans the lab of a request. The hub's variables are sealed, with the rest of the spawn as associated data: neither
 * can be used without the other, or for another workflow or operation. The order of the checks is part of the API's
 * contract.
 *
 * @throws DomainError `permission_denied`, `unknown_image`, `invalid_docker_reference`, `invalid_lab_size` or
 *   `insufficient_quota`.
 */
export async function planLab(
  { usageUrlOf, sealer, terms }: Pick<Dependencies, 'usageUrlOf' | 'sealer' | 'terms'>,
  { user, token }: DelegatedUser,
  request: LabRequest & { readonly options: LabOptions },
): Promise<PlannedSpawn> {
  const { configuration, images, settings } = terms();
  const owner = requireSpawnPermission(user, settings.lab);
  const { size, enableDebug, resetUserEnv, startFull } = request.options;
  const image = await images.resolve(request.options.image);
  const resources = settings.lab.sizes.find((configured) => configured.size === size)?.resources;
  if (resources === undefined) {
    throw new DomainError('invalid_lab_size', `Invalid lab size "${size}"`, SIZE_LOCATION);
  }
  const quota = owner.quota && { cpu: owner.quota.cpu, memory: owner.quota.memory };
  if (!fitsQuota(resources.limits, quota)) {
    throw new DomainError('insufficient_quota', 'Insufficient quota to spawn requested lab', SIZE_LOCATION);
  }

  const secretNames = new Set(settings.lab.hubSecretEnv);
  const { username } = owner;
  const reporting = withUsageUrl(usageUrlOf?.(username) ?? null, request.environment);
  const variables = Object.entries(reporting.environment);
  const secrets: LabSecrets = {
    token,
    hubEnvironment: Object.fromEntries(variables.filter(([name]) => secretNames.has(name))),
    environment: Object.fromEntries(variables.filter(([name]) => !secretNames.has(name))),
  };
  const plan = {
    user: owner,
    image,
    size,
    resources,
    quota,
    enableDebug,
    resetUserEnv,
    environment: Object.fromEntries(variables.filter(([name]) => name === ADDRESS_VARIABLE)),
    ...homePlan(settings, startFull),
    ...(reporting.hubTokenDigest === null ? {} : { hubTokenDigest: reporting.hubTokenDigest }),
    namespace: namespaceName(settings.lab.namespacePrefix, username),
    configuration,
    acceptedAt: new Date().toISOString(),
  };
  const timeouts = labTimeouts(settings.lab, settings.timeouts, settings.hub);
  const spawn = { operationId: newOperationId(), plan, timeouts };
  return sealSpawn(spawn, secrets, labWorkflowId(username), sealer);
}

/** The part of a plan that is about a full home directory; empty where that is not checked. */
function homePlan(settings: LabSettings, startFull: boolean): Pick<LabPlan, 'filesUrl' | 'startFull'> {
  if (settings.lab.homeSpace === null) return {};
  const filesUrl = filesUrlOf(settings);
  return { ...(startFull ? { startFull } : {}), ...(filesUrl === null ? {} : { filesUrl }) };
}

type SpawnPermissionRules = Pick<LabSettings['lab'], 'namespacePrefix' | 'minimumId'>;

/** Why a user cannot spawn, with any options; null when they can. */
export function spawnRefusal(user: User, rules: SpawnPermissionRules): DomainError | null {
  try {
    requireSpawnPermission(user, rules);
    return null;
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}

/** Checks that the user can spawn, with any options. @throws DomainError `permission_denied`. */
function requireSpawnPermission(user: User, { namespacePrefix, minimumId }: SpawnPermissionRules): PosixUser {
  if (user.quota?.spawn === false) {
    throw new DomainError('permission_denied', 'Spawning a notebook is not permitted');
  }
  const owner = requirePosixIdentity(user, { action: 'spawn labs', subject: 'labs', minimumId });
  if (!canNameObjects(namespacePrefix, user.username)) {
    const rule = isLabUsername(user.username) ? 'the namespace prefix leaves no room' : LAB_USERNAME_RULE;
    throw new DomainError(
      'permission_denied',
      `Kubernetes objects cannot be named after ${user.username}: ${rule}`,
    );
  }
  return owner;
}

export interface SpawnContextOptions {
  /** The present configuration. */
  readonly current: () => ConfigVersion;
  readonly sealer: Pick<Sealer, 'seal'>;
  /** The hub that is notified of labs' ends, by the configuration at start, which workers use. */
  readonly hub: Config['hub'];
  /** The image source of a configuration. */
  readonly imagesOf: (config: Config) => ImageSource;
}

/** Returns the spawn context, created once for each version of the configuration. */
export function createSpawnContext({
  current,
  hub,
  sealer,
  imagesOf,
}: SpawnContextOptions): () => SpawnContext {
  const termsOf = ({ id, source, config }: ConfigVersion): SpawnContext => ({
    settings: { ...config, hub },
    images: imagesOf(config),
    configuration: sealConfiguration({ id, text: JSON.stringify(source) }, sealer),
  });
  let version = current();
  let terms = termsOf(version);
  return () => {
    const present = current();
    if (present !== version) {
      terms = termsOf(present);
      version = present;
    }
    return terms;
  };
}
