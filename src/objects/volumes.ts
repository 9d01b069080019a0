import type { V1ObjectMeta, V1PersistentVolumeClaim, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import type { Config } from '../config/config';
import { bytesText } from '../domain/resources';

/*
 * Configured volumes in pods of any kind. Builders do not modify the configuration, which all pods share: what they
 * return are values of its own.
 */

/** A volume of the configuration. */
export type ConfiguredVolume = Config['lab']['volumes'][number];

/** A mount of the configuration. */
export type ConfiguredMount = Config['lab']['volumeMounts'][number];

/** What becomes of `readOnly`: as configured, or writable whatever is configured. */
type Access = 'configured' | 'writable';

/** Names the claim of a volume. */
type ClaimNames = (volumeName: string) => string;

/** The volumes that are mounted. */
export function mountedVolumes(
  volumes: readonly ConfiguredVolume[],
  mounts: readonly ConfiguredMount[],
): ConfiguredVolume[] {
  const used = new Set(mounts.map(({ volumeName }) => volumeName));
  return volumes.filter(({ name }) => used.has(name));
}

/** An empty directory of a size in bytes, in memory or on the node's disk. */
export function emptyDirectory(size: number, medium: 'memory' | 'disk'): NonNullable<V1Volume['emptyDir']> {
  return { sizeLimit: bytesText(size), ...(medium === 'memory' ? { medium: 'Memory' } : {}) };
}

/** The volume of a pod for a configured one. */
export function podVolume(
  { name, source }: ConfiguredVolume,
  claimName: ClaimNames,
  access: Access = 'configured',
): V1Volume {
  const isReadOnly = (readOnly: boolean): boolean => access === 'configured' && readOnly;
  switch (source.type) {
    case 'hostPath':
      return { name, hostPath: { path: source.path } };
    case 'nfs':
      return {
        name,
        nfs: { server: source.server, path: source.serverPath, readOnly: isReadOnly(source.readOnly) },
      };
    case 'persistentVolumeClaim': {
      const claim = { claimName: claimName(name), readOnly: isReadOnly(source.readOnly) };
      return { name, persistentVolumeClaim: claim };
    }
    case 'emptyDir':
      return { name, emptyDir: emptyDirectory(source.size, source.medium) };
  }
}

/** The mounts of a container for configured ones, below a further path where one is given. */
export function configuredMounts(
  mounts: readonly ConfiguredMount[],
  { below = '', access = 'configured' }: { readonly below?: string; readonly access?: Access } = {},
): V1VolumeMount[] {
  return mounts.map(({ containerPath, volumeName, subPath, readOnly }) => ({
    name: volumeName,
    mountPath: `${below}${containerPath}`,
    ...(subPath === null ? {} : { subPath }),
    readOnly: access === 'configured' && readOnly,
  }));
}

/** The claims behind those of the volumes that have one. */
export function claimsOf(
  volumes: readonly ConfiguredVolume[],
  metadata: (volumeName: string) => V1ObjectMeta,
): V1PersistentVolumeClaim[] {
  return volumes.flatMap(({ name, source }) =>
    source.type === 'persistentVolumeClaim'
      ? [
          {
            apiVersion: 'v1',
            kind: 'PersistentVolumeClaim',
            metadata: metadata(name),
            spec: {
              storageClassName: source.storageClassName,
              accessModes: [...source.accessModes],
              resources: { requests: { ...source.resources.requests } },
            },
          },
        ]
      : [],
  );
}
