import type { V1Container, V1EnvFromSource, V1EnvVar, V1EnvVarSource, V1Pod } from '@kubernetes/client-node';
import { expand } from './expansion';
import { fieldValue, resourceValue } from './fields';
import type { ClusterObjects, Payload } from './objects';
import { UnreadyPod } from './unready';

/** Variables by their names. */
export type Environment = ReadonlyMap<string, string>;

const missing = (what: string): UnreadyPod =>
  new UnreadyPod('CreateContainerConfigError', `${what} not found`);

function keyOf(
  kind: 'configmap' | 'secret',
  objects: ReadonlyMap<string, Payload>,
  { name = '', key, optional }: { readonly name?: string; readonly key: string; readonly optional?: boolean },
): string | undefined {
  const payload = objects.get(name);
  const value = payload?.get(key);
  if (value !== undefined) return value.toString();
  if (optional) return undefined;
  throw missing(payload ? `key ${key} in ${kind} "${name}"` : `${kind} "${name}"`);
}

function valueOf(
  source: V1EnvVarSource,
  pod: V1Pod,
  container: V1Container,
  objects: ClusterObjects,
): string | undefined {
  const { configMapKeyRef, fieldRef, resourceFieldRef, secretKeyRef } = source;
  if (configMapKeyRef) return keyOf('configmap', objects.configMaps, configMapKeyRef);
  if (secretKeyRef) return keyOf('secret', objects.secrets, secretKeyRef);
  if (fieldRef) return fieldValue(pod, fieldRef);
  return resourceFieldRef ? resourceValue(pod, resourceFieldRef, container) : undefined;
}

function everyKeyOf({ configMapRef, prefix = '', secretRef }: V1EnvFromSource, objects: ClusterObjects) {
  const { name = '', optional = false } = configMapRef ?? secretRef ?? {};
  const payload = (configMapRef ? objects.configMaps : objects.secrets).get(name);
  if (!payload && !optional) throw missing(`${configMapRef ? 'configmap' : 'secret'} "${name}"`);
  return [...(payload ?? [])].map(([key, value]) => [prefix + key, value.toString()] as const);
}

/**
 * The environment of a container, in a kubelet's order: all entries of the objects in `envFrom`, then the variables
 * in their order, whose values may refer to earlier ones.
 *
 * @throws UnreadyPod when something that is not optional does not exist.
 */
export function environmentOf(pod: V1Pod, container: V1Container, objects: ClusterObjects): Environment {
  const { env = [], envFrom = [] } = container;
  const variables = new Map(envFrom.flatMap((source) => everyKeyOf(source, objects)));
  const take = ({ name, value, valueFrom }: V1EnvVar) => {
    const found = valueFrom ? valueOf(valueFrom, pod, container, objects) : expand(value ?? '', variables);
    if (found !== undefined) variables.set(name, found);
  };
  env.forEach(take);
  return variables;
}
