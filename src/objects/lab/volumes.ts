import type { V1PersistentVolumeClaim, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import type { Config } from '../../config/config';
import { claimName, type LabKey } from '../../domain/lab-key';
import { bytesText } from '../../domain/resources';
import { type LabObjectSet, metadataOf } from './input';

type Lab = Config['lab'];
type VolumeConfig = Lab['volumes'][number];
type MountConfig = Lab['volumeMounts'][number];

/** Configured volumes that the lab's container or an init container mounts. */
function usedVolumes(lab: Lab): VolumeConfig[] {
  const mounts = [...lab.volumeMounts, ...lab.initContainers.flatMap(({ volumeMounts }) => volumeMounts)];
  const used = new Set(mounts.map(({ volumeName }) => volumeName));
  return lab.volumes.filter(({ name }) => used.has(name));
}

function volume({ name, source }: VolumeConfig, lab: LabKey): V1Volume {
  switch (source.type) {
    case 'hostPath':
      return { name, hostPath: { path: source.path } };
    case 'nfs':
      return { name, nfs: { server: source.server, path: source.serverPath, readOnly: source.readOnly } };
    case 'persistentVolumeClaim': {
      const claim = { claimName: claimName(lab, name), readOnly: source.readOnly };
      return { name, persistentVolumeClaim: claim };
    }
    case 'emptyDir':
      return { name, emptyDir: emptyDirectory(source.size, source.medium) };
  }
}

/** An empty directory of a size in bytes, in memory or on the node's disk. */
export function emptyDirectory(size: number, medium: 'memory' | 'disk'): NonNullable<V1Volume['emptyDir']> {
  return { sizeLimit: bytesText(size), ...(medium === 'memory' ? { medium: 'Memory' } : {}) };
}

/** Pod volumes for the configured volumes that some container mounts. */
export function configuredVolumes({ config, lab }: LabObjectSet): V1Volume[] {
  return usedVolumes(config.lab).map((used) => volume(used, lab));
}

/** The container mounts of configured mounts. */
export function configuredMounts(mounts: readonly MountConfig[]): V1VolumeMount[] {
  return mounts.map(({ containerPath, volumeName, subPath, readOnly }) => ({
    name: volumeName,
    mountPath: containerPath,
    ...(subPath === null ? {} : { subPath }),
    readOnly,
  }));
}

/** The claims behind the volumes that some container mounts. */
export function labClaims(set: LabObjectSet): V1PersistentVolumeClaim[] {
  return usedVolumes(set.config.lab).flatMap(({ name, source }) =>
    source.type === 'persistentVolumeClaim'
      ? [
          {
            apiVersion: 'v1',
            kind: 'PersistentVolumeClaim',
            metadata: metadataOf(set, claimName(set.lab, name)),
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
