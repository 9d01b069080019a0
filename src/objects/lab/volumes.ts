import type { V1PersistentVolumeClaim, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import type { Config } from '../../config/config';
import { bytesText } from '../../domain/amounts';
import { claimName } from '../../domain/names';
import { labMetadata } from '../labels';
import { type LabObjectsInput, labIdentity } from './input';

type Lab = Config['lab'];
type VolumeConfig = Lab['volumes'][number];
type MountConfig = Lab['volumeMounts'][number];

/** Configured volumes that the lab's container or an init container mounts. */
function usedVolumes(lab: Lab): VolumeConfig[] {
  const mounts = [...lab.volumeMounts, ...lab.initContainers.flatMap(({ volumeMounts }) => volumeMounts)];
  const used = new Set(mounts.map(({ volumeName }) => volumeName));
  return lab.volumes.filter(({ name }) => used.has(name));
}

function volume({ name, source }: VolumeConfig, username: string): V1Volume {
  switch (source.type) {
    case 'hostPath':
      return { name, hostPath: { path: source.path } };
    case 'nfs':
      return { name, nfs: { server: source.server, path: source.serverPath, readOnly: source.readOnly } };
    case 'persistentVolumeClaim': {
      const claim = { claimName: claimName(username, name), readOnly: source.readOnly };
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
export function configuredVolumes({ config, plan }: LabObjectsInput): V1Volume[] {
  return usedVolumes(config.lab).map((used) => volume(used, plan.user.username));
}

/** Container mounts for configured ones. */
export function configuredMounts(mounts: readonly MountConfig[]): V1VolumeMount[] {
  return mounts.map(({ containerPath, volumeName, subPath, readOnly }) => ({
    name: volumeName,
    mountPath: containerPath,
    ...(subPath === null ? {} : { subPath }),
    readOnly,
  }));
}

/** The claims behind the volumes that some container mounts. */
export function labClaims(input: LabObjectsInput): V1PersistentVolumeClaim[] {
  const { config, plan } = input;
  const { username } = plan.user;
  const { namespace } = plan;
  return usedVolumes(config.lab).flatMap(({ name, source }) =>
    source.type === 'persistentVolumeClaim'
      ? [
          {
            apiVersion: 'v1',
            kind: 'PersistentVolumeClaim',
            metadata: labMetadata(labIdentity(input), claimName(username, name), namespace),
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
