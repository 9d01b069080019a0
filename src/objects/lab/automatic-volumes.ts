import type { V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import { AUTOMATIC_VOLUMES, baseName, fileKey, LAB_CONTAINER_NAME } from '../../domain/names';
import { emptyDirectory } from '../volumes';
import type { LabObjectSet } from './input';
import { hasHubSecrets, mountedSecretKeys } from './secrets';

const READABLE = 0o644;

const STARTUP_SIZE = 655_360;

/** A pod volume and where it appears. */
interface AutomaticVolume {
  readonly volume: V1Volume;
  readonly mount: { readonly mountPath: string; readonly subPath?: string; readonly readOnly: boolean };
}

/** One ConfigMap key as a single file at a path. */
function file(
  volume: string,
  configMap: string,
  key: string,
  fileName: string,
  mountPath: string,
): AutomaticVolume {
  return {
    volume: {
      name: volume,
      configMap: { name: configMap, items: [{ key, path: fileName, mode: READABLE }] },
    },
    mount: { mountPath, subPath: fileName, readOnly: true },
  };
}

function fileVolumes({ config, discovery: document, names }: LabObjectSet): AutomaticVolume[] {
  const { files, nss } = names;
  const { passwd, group, discovery } = AUTOMATIC_VOLUMES;
  return [
    file(passwd, nss, 'passwd', 'passwd', '/etc/passwd'),
    file(group, nss, 'group', 'group', '/etc/group'),
    ...Object.keys(config.lab.files).map((path) =>
      file(fileKey(path), files, fileKey(path), baseName(path), path),
    ),
    ...(document === null
      ? []
      : [file(discovery, files, discovery, 'v1.json', config.lab.mountPaths.discovery)]),
  ];
}

/** Null where no key of the lab's secret may be mounted as a file. */
function secretVolume(set: LabObjectSet): V1Volume | null {
  const keys = mountedSecretKeys(set);
  if (keys.length === 0) return null;
  const items = hasHubSecrets(set) ? { items: keys.map((key) => ({ key, path: key })) } : {};
  return { name: AUTOMATIC_VOLUMES.secrets, secret: { secretName: set.names.pod, ...items } };
}

function runtimeVolume(): V1Volume {
  const items = ['limits.cpu', 'requests.cpu', 'limits.memory', 'requests.memory'].map((resource) => ({
    path: resource.replace('.', '_'),
    resourceFieldRef: { containerName: LAB_CONTAINER_NAME, resource },
  }));
  return { name: AUTOMATIC_VOLUMES.runtime, downwardAPI: { items } };
}

/** Written by the standard start-up container, read by the lab's container. */
function startupVolume(mountPath: string): AutomaticVolume {
  return {
    volume: { name: AUTOMATIC_VOLUMES.startup, emptyDir: emptyDirectory(STARTUP_SIZE, 'memory') },
    mount: { mountPath, readOnly: true },
  };
}

function directoryVolumes(set: LabObjectSet): AutomaticVolume[] {
  const { lab } = set.config;
  const { mountPaths } = lab;
  const tmpSize = set.plan.resources.limits.memory / lab.tmpSizeRatio;
  const secrets = secretVolume(set);
  return [
    ...(secrets === null
      ? []
      : [{ volume: secrets, mount: { mountPath: mountPaths.secrets, readOnly: true } }]),
    {
      volume: {
        name: AUTOMATIC_VOLUMES.environment,
        configMap: { name: set.names.environment },
      },
      mount: { mountPath: mountPaths.environment, readOnly: true },
    },
    {
      volume: { name: AUTOMATIC_VOLUMES.tmp, emptyDir: emptyDirectory(tmpSize, lab.emptyDirSource) },
      mount: { mountPath: mountPaths.tmp, readOnly: false },
    },
    { volume: runtimeVolume(), mount: { mountPath: mountPaths.runtime, readOnly: true } },
    ...(lab.standardStartup ? [startupVolume(mountPaths.startup)] : []),
  ];
}

const automatic = (set: LabObjectSet) => [...fileVolumes(set), ...directoryVolumes(set)];

/** The pod volumes that every lab has. */
export function automaticVolumes(set: LabObjectSet): V1Volume[] {
  return automatic(set).map(({ volume }) => volume);
}

/** Their mounts, followed by secrets mounted as single files; only init containers may write to the startup volume. */
export function automaticMounts(set: LabObjectSet, startup: 'read-only' | 'writable'): V1VolumeMount[] {
  const mounts = automatic(set).map(({ volume: { name }, mount }) => {
    const isWritable = startup === 'writable' && name === AUTOMATIC_VOLUMES.startup;
    return { name, ...mount, ...(isWritable ? { readOnly: false } : {}) };
  });
  const secrets = set.config.lab.secrets.flatMap(({ path, secretKey }) =>
    path === null
      ? []
      : [{ name: AUTOMATIC_VOLUMES.secrets, mountPath: path, subPath: secretKey, readOnly: true }],
  );
  return [...mounts, ...secrets];
}
