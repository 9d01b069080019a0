import type {
  V1DownwardAPIVolumeFile,
  V1KeyToPath,
  V1Pod,
  V1ServiceAccountTokenProjection,
  V1Volume,
} from '@kubernetes/client-node';
import { fieldValue, resourceValue } from './fields';
import type { ClusterObjects, Payload } from './objects';
import { UnreadyPod } from './unready';

/** A file of a volume made of objects. */
export interface VolumeFile {
  /** Relative to the volume. */
  readonly path: string;
  readonly content: Buffer;
  readonly mode: number;
  /** Whether it is a token of the service account, which is for the pod's user alone. */
  readonly isToken?: boolean;
}

const DEFAULT_MODE = 0o644;

interface Selection {
  readonly what: string;
  readonly payload: Payload | undefined;
  readonly items: readonly V1KeyToPath[] | undefined;
  readonly isOptional: boolean;
  readonly mode: number;
}

function selected({ what, payload, items, isOptional, mode }: Selection): VolumeFile[] {
  if (!payload) {
    if (isOptional) return [];
    throw new UnreadyPod('FailedMount', `${what} not found`);
  }
  if (!items) return [...payload].map(([path, content]) => ({ path, content, mode }));
  return items.flatMap((item) => {
    const content = payload.get(item.key);
    if (content !== undefined) return [{ path: item.path, content, mode: item.mode ?? mode }];
    if (isOptional) return [];
    throw new UnreadyPod('FailedMount', `references non-existent key ${item.key} of ${what}`);
  });
}

function fields(pod: V1Pod, items: readonly V1DownwardAPIVolumeFile[], mode: number): VolumeFile[] {
  return items.map(({ path, fieldRef, resourceFieldRef, mode: own }) => {
    const text = fieldRef
      ? fieldValue(pod, fieldRef)
      : resourceFieldRef
        ? resourceValue(pod, resourceFieldRef)
        : '';
    return { path, content: Buffer.from(text), mode: own ?? mode };
  });
}

function tokenFile(source: V1ServiceAccountTokenProjection, { tokens }: ClusterObjects): VolumeFile {
  const content = Buffer.from(tokens.get(source) ?? '');
  return { path: source.path, content, mode: 0o600, isToken: true };
}

/**
 * The files of a volume made of ConfigMaps, Secrets, pod fields and tokens of the service account; null for other kinds.
 *
 * @throws UnreadyPod when something that is not optional does not exist.
 */
export function volumeFiles(volume: V1Volume, pod: V1Pod, objects: ClusterObjects): VolumeFile[] | null {
  const { configMap, downwardAPI, projected, secret } = volume;
  const ofConfigMap = (source: NonNullable<typeof configMap>, mode: number) =>
    selected({
      what: `configmap "${source.name}"`,
      payload: objects.configMaps.get(source.name ?? ''),
      items: source.items,
      isOptional: source.optional ?? false,
      mode,
    });
  const ofSecret = (name: string, { items, optional = false }: NonNullable<typeof secret>, mode: number) =>
    selected({
      what: `secret "${name}"`,
      payload: objects.secrets.get(name),
      items,
      isOptional: optional,
      mode,
    });
  if (configMap) return ofConfigMap(configMap, configMap.defaultMode ?? DEFAULT_MODE);
  if (secret) return ofSecret(secret.secretName ?? '', secret, secret.defaultMode ?? DEFAULT_MODE);
  if (downwardAPI) return fields(pod, downwardAPI.items ?? [], downwardAPI.defaultMode ?? DEFAULT_MODE);
  if (!projected) return null;
  const mode = projected.defaultMode ?? DEFAULT_MODE;
  return (projected.sources ?? []).flatMap((source) => [
    ...(source.configMap ? ofConfigMap(source.configMap, mode) : []),
    ...(source.secret ? ofSecret(source.secret.name ?? '', source.secret, mode) : []),
    ...(source.downwardAPI ? fields(pod, source.downwardAPI.items ?? [], mode) : []),
    ...(source.serviceAccountToken ? [tokenFile(source.serviceAccountToken, objects)] : []),
  ]);
}
