import type { V1EnvVar, V1Secret } from '@kubernetes/client-node';
import type { Config } from '../../config/config';
import { hubSecretKey, PULL_SECRET_NAME, podName } from '../../domain/names';
import { labMetadata } from '../labels';
import { type LabObjectsInput, labIdentity } from './input';

/** The key of a lab's secret that holds the user's token. */
const TOKEN_KEY = 'token';

/** Thrown when a secret lacks a key that the configuration asks for. */
export class MissingSecretKey extends Error {
  override readonly name = 'MissingSecretKey';

  constructor(
    readonly secretName: string,
    readonly key: string,
  ) {
    super(`No key ${key} in secret ${secretName}`);
  }
}

/** Names of the controller's secrets of which labs get values, each once and sorted. */
export function copiedSecretNames(lab: Pick<Config['lab'], 'secrets'>): string[] {
  return [...new Set(lab.secrets.map(({ secretName }) => secretName))].toSorted();
}

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

function copiedData({ config, copiedSecrets }: LabObjectsInput): Record<string, string> {
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
function hubVariables({ config, secrets }: LabObjectsInput): string[] {
  return Object.keys(secrets.hubEnvironment).filter((name) => !(name in config.lab.env));
}

function secret(input: LabObjectsInput, name: string, type: string, data: Record<string, string>): V1Secret {
  const { namespace } = input.plan;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: labMetadata(labIdentity(input), name, namespace),
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
export function labSecrets(input: LabObjectsInput): V1Secret[] {
  const { hubEnvironment, token } = input.secrets;
  const hubData = hubVariables(input).map((name) => [hubSecretKey(name), base64(hubEnvironment[name] ?? '')]);
  const own = secret(input, podName(input.plan.user.username), 'Opaque', {
    ...copiedData(input),
    ...(token === null ? {} : { [TOKEN_KEY]: base64(token) }),
    ...Object.fromEntries(hubData),
  });
  const { pullSecret } = input;
  return pullSecret === null
    ? [own]
    : [own, secret(input, PULL_SECRET_NAME, pullSecret.type, { ...pullSecret.data })];
}

function variable(input: LabObjectsInput, name: string, key: string): V1EnvVar {
  const secretName = podName(input.plan.user.username);
  return { name, valueFrom: { secretKeyRef: { name: secretName, key, optional: false } } };
}

/** Variables from the lab's secret that the lab and its start-up container get. */
export function secretVariables(input: LabObjectsInput): V1EnvVar[] {
  const isTokenGiven = input.secrets.token !== null;
  return [
    ...(isTokenGiven ? [variable(input, 'ACCESS_TOKEN', TOKEN_KEY)] : []),
    ...(isTokenGiven ? [variable(input, 'NUBLADO_TOKEN', TOKEN_KEY)] : []),
    ...input.config.lab.secrets.flatMap(({ env, secretKey }) =>
      env === null ? [] : [variable(input, env, secretKey)],
    ),
  ];
}

/** The hub's secret variables, for the lab's own container only. */
export function hubSecretVariables(input: LabObjectsInput): V1EnvVar[] {
  return hubVariables(input).map((name) => variable(input, name, hubSecretKey(name)));
}

/** Whether the lab's secret holds variables of the hub, which no mounted directory may show. */
export function hasHubSecrets(input: LabObjectsInput): boolean {
  return hubVariables(input).length > 0;
}

/** Keys of the lab's secret that are files in its directory: the configured ones and the token. */
export function mountedSecretKeys({ config, secrets }: LabObjectsInput): string[] {
  const configured = config.lab.secrets.map(({ secretKey }) => secretKey);
  return secrets.token === null ? configured : [...configured, TOKEN_KEY];
}
