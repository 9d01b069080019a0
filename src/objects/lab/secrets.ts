import type { V1EnvVar, V1Secret } from '@kubernetes/client-node';
import type { Config } from '../../config/config';
import { hubSecretKey, PULL_SECRET_NAME } from '../../domain/names';
import { type LabObjectSet, metadataOf } from './input';

/** The key of a lab's secret that holds the user's token. */
const TOKEN_KEY = 'token';

/** A secret lacks a key that the configuration names. */
export class MissingSecretKey extends Error {
  override readonly name = 'MissingSecretKey';

  constructor(
    readonly secretName: string,
    readonly key: string,
  ) {
    super(`No key ${key} in secret ${secretName}`);
  }
}

/** Names of the controller's secrets from which values are copied to labs, each once and sorted. */
export function copiedSecretNames(lab: Pick<Config['lab'], 'secrets'>): string[] {
  return [...new Set(lab.secrets.map(({ secretName }) => secretName))].toSorted();
}

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

function copiedData({ config, copiedSecrets }: LabObjectSet): Record<string, string> {
  const entries = config.lab.secrets.map(({ secretName, secretKey }) => {
    const value = copiedSecrets[secretName]?.data[secretKey];
    if (value === undefined) {
      throw new MissingSecretKey(secretName, secretKey);
    }
    return [secretKey, value];
  });
  return Object.fromEntries(entries);
}

/** The hub's secret variables that the configured environment does not replace. */
function hubVariables({ config, secrets }: LabObjectSet): string[] {
  return Object.keys(secrets.hubEnvironment).filter((name) => !(name in config.lab.env));
}

function secret(set: LabObjectSet, name: string, type: string, data: Record<string, string>): V1Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadataOf(set, name),
    immutable: true,
    type,
    data,
  };
}

/**
 * The lab's secrets: its own with the token, configured values and the hub's secret variables, and the copy
 * of the pull secret.
 *
 * @throws MissingSecretKey when a configured value was not among those read.
 */
export function labSecrets(set: LabObjectSet): V1Secret[] {
  const { hubEnvironment, token } = set.secrets;
  const hubData = hubVariables(set).map((name) => [hubSecretKey(name), base64(hubEnvironment[name] ?? '')]);
  const own = secret(set, set.names.pod, 'Opaque', {
    ...copiedData(set),
    ...(token === null ? {} : { [TOKEN_KEY]: base64(token) }),
    ...Object.fromEntries(hubData),
  });
  const { pullSecret } = set;
  return pullSecret === null
    ? [own]
    : [own, secret(set, PULL_SECRET_NAME, pullSecret.type, { ...pullSecret.data })];
}

function variable(set: LabObjectSet, name: string, key: string): V1EnvVar {
  return { name, valueFrom: { secretKeyRef: { name: set.names.pod, key, optional: false } } };
}

/** Variables from the lab's secret that the lab and its start-up container get. */
export function secretVariables(set: LabObjectSet): V1EnvVar[] {
  const isTokenGiven = set.secrets.token !== null;
  return [
    ...(isTokenGiven ? [variable(set, 'ACCESS_TOKEN', TOKEN_KEY)] : []),
    ...(isTokenGiven ? [variable(set, 'NUBLADO_TOKEN', TOKEN_KEY)] : []),
    ...set.config.lab.secrets.flatMap(({ env, secretKey }) =>
      env === null ? [] : [variable(set, env, secretKey)],
    ),
  ];
}

/** The hub's secret variables, for the lab's own container only. */
export function hubSecretVariables(set: LabObjectSet): V1EnvVar[] {
  return hubVariables(set).map((name) => variable(set, name, hubSecretKey(name)));
}

/** Whether the lab's secret holds variables of the hub, which no mounted directory may show. */
export function hasHubSecrets(set: LabObjectSet): boolean {
  return hubVariables(set).length > 0;
}

/** Keys of the lab's secret that are files in its directory: the configured ones and the token. */
export function mountedSecretKeys({ config, secrets }: LabObjectSet): string[] {
  const configured = config.lab.secrets.map(({ secretKey }) => secretKey);
  return secrets.token === null ? configured : [...configured, TOKEN_KEY];
}
