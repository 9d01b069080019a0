import { chmodSync, chownSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { V1Container, V1HostPathVolumeSource, V1Pod, V1Volume } from '@kubernetes/client-node';
import type { Environment } from './environment';
import { expand } from './expansion';
import type { ClusterObjects } from './objects';
import { giveToGroup, type Ownership } from './ownership';
import { UnreadyPod } from './unready';
import { type VolumeFile, volumeFiles } from './volume-files';

/** A file or folder of this machine, and its path in a container. */
export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly isReadOnly: boolean;
}

export interface VolumePlaces {
  /** Folder of volumes that are deleted with the pod. */
  readonly pod: string;
  /** Folder for host paths and shared storage, the same for all nodes of a stack. */
  readonly nodes: string;
  /** Owner of volumes that are deleted with the pod; null for the user of this process. */
  readonly ownership: Ownership | null;
}

function writeFiles(directory: string, files: readonly VolumeFile[], ownership: Ownership | null): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const { path, content, mode, isToken = false } of files) {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content, { mode: 0o600 });
    chmodSync(file, mode);
    if (isToken && ownership?.uid !== undefined) chownSync(file, ownership.uid, 0);
  }
  if (ownership) giveToGroup(directory, ownership);
}

function hostPath({ path, type = '' }: V1HostPathVolumeSource, nodes: string): string {
  const place = join(nodes, path);
  if (existsSync(place)) return place;
  if (type !== '' && !type.endsWith('OrCreate')) {
    throw new UnreadyPod('FailedMount', `hostPath type check failed: ${path} does not exist`);
  }
  mkdirSync(type.startsWith('File') ? dirname(place) : place, { recursive: true });
  if (type.startsWith('File')) writeFileSync(place, '');
  return place;
}

function placeOf(volume: V1Volume, pod: V1Pod, objects: ClusterObjects, places: VolumePlaces): string {
  const own = join(places.pod, volume.name);
  const files = volumeFiles(volume, pod, objects);
  const { nfs, persistentVolumeClaim: claim } = volume;
  if (files) {
    writeFiles(own, files, places.ownership);
    return own;
  }
  if (volume.hostPath) return hostPath(volume.hostPath, places.nodes);
  const place = nfs
    ? join(places.nodes, 'nfs', nfs.server, nfs.path)
    : claim
      ? join(places.nodes, 'claims', pod.metadata?.namespace ?? '', claim.claimName)
      : own;
  if (existsSync(place)) return place;
  mkdirSync(place, { recursive: true });
  // Write access to NFS is the server's decision; other volumes are writable by all users.
  if (!nfs) chmodSync(place, 0o777);
  if (place === own && places.ownership) giveToGroup(place, places.ownership);
  return place;
}

function subPathOf(place: string, subPath: string): string {
  const source = join(place, subPath);
  if (existsSync(source)) return source;
  mkdirSync(source, { recursive: true });
  chmodSync(source, statSync(place).mode & 0o777);
  return source;
}

/**
 * Creates the volumes that a container mounts. Returns the mounts, with parents before what they contain.
 *
 * @throws UnreadyPod when something that is not optional does not exist.
 */
export function prepareMounts(
  pod: V1Pod,
  container: V1Container,
  objects: ClusterObjects,
  environment: Environment,
  places: VolumePlaces,
): Mount[] {
  const made = new Map<string, string>();
  const mounts = (container.volumeMounts ?? []).map((mount): Mount => {
    const volume = pod.spec?.volumes?.find(({ name }) => name === mount.name);
    if (!volume) throw new UnreadyPod('FailedMount', `volume ${mount.name} is not in the pod`);
    const place = made.get(volume.name) ?? placeOf(volume, pod, objects, places);
    made.set(volume.name, place);
    const subPath = mount.subPath ?? (mount.subPathExpr ? expand(mount.subPathExpr, environment) : '');
    const source = subPathOf(place, subPath);
    return { source, target: mount.mountPath.replace(/(.)\/+$/, '$1'), isReadOnly: mount.readOnly ?? false };
  });
  return mounts.toSorted((left, right) => left.target.length - right.target.length);
}
