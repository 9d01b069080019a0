import type { V1PersistentVolumeClaim, V1Volume } from '@kubernetes/client-node';
import type { Config } from '../../config/config';
import { claimName } from '../../domain/lab-key';
import { type ConfiguredVolume, claimsOf, mountedVolumes, podVolume } from '../volumes';
import { type LabObjectSet, metadataOf } from './input';

/** Configured volumes that the lab's container or an init container mounts. */
function usedVolumes(lab: Config['lab']): ConfiguredVolume[] {
  const mounts = [...lab.volumeMounts, ...lab.initContainers.flatMap(({ volumeMounts }) => volumeMounts)];
  return mountedVolumes(lab.volumes, mounts);
}

/** Pod volumes for the configured volumes that some container mounts. */
export function configuredVolumes({ config, lab }: LabObjectSet): V1Volume[] {
  return usedVolumes(config.lab).map((used) => podVolume(used, (name) => claimName(lab, name)));
}

/** The claims behind the volumes that some container mounts. */
export function labClaims(set: LabObjectSet): V1PersistentVolumeClaim[] {
  return claimsOf(usedVolumes(set.config.lab), (name) => metadataOf(set, claimName(set.lab, name)));
}
