import type { V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import {
  AUTOMATIC_VOLUMES,
  baseName,
  environmentConfigMapName,
  fileKey,
  filesConfigMapName,
  LAB_CONTAINER_NAME,
  nssConfigMapName,
  podName,
} from '../../domain/names';
import type { LabObjectsInput } from './input';
import { hasHubSecrets, mountedSecretKeys } from './secrets';
import { emptyDirectory } from './volumes';

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

function fileVolumes({ config, plan, discovery: document }: LabObjectsInput): AutomaticVolume[] {
  const { username } = plan.user;
  const nss = nssConfigMapName(username);
  const files = filesConfigMapName(username);
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

/** Null where the lab has no secret that may be seen as a file. */
function secretVolume(input: LabObjectsInput): V1Volume | null {
  const keys = mountedSecretKeys(input);
  if (keys.length === 0) return null;
  const items = hasHubSecrets(input) ? { items: keys.map((key) => ({ key, path: key })) } : {};
  const secretName = podName(input.plan.user.username);
  return { name: AUTOMATIC_VOLUMES.secrets, secret: { secretName, ...items } };
}

function runtimeVolume(): V1Volume {
  const items = ['limits.cpu', 'requests.cpu', 'limits.memory', 'requests.memory'].map((resource) => ({
    path: resource.replace('.', '_'),
    resourceFieldRef: { containerName: LAB_CONTAINER_NAME, resource },
  }));
  return { name: AUTOMATIC_VOLUMES.runtime, downwardAPI: { items } };
}

/** What the standard start-up container writes for the lab's own. */
function startupVolume(mountPath: string): AutomaticVolume {
  return {
    volume: { name: AUTOMATIC_VOLUMES.startup, emptyDir: emptyDirectory(STARTUP_SIZE, 'memory') },
    mount: { mountPath, readOnly: true },
  };
}

function directoryVolumes(input: LabObjectsInput): AutomaticVolume[] {
  const { lab } = input.config;
  const { username } = input.plan.user;
  const { mountPaths } = lab;
  const tmpSize = input.plan.resources.limits.memory / lab.tmpSizeRatio;
  const secrets = secretVolume(input);
  return [
    ...(secrets === null
      ? []
      : [{ volume: secrets, mount: { mountPath: mountPaths.secrets, readOnly: true } }]),
    {
      volume: {
        name: AUTOMATIC_VOLUMES.environment,
        configMap: { name: environmentConfigMapName(username) },
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

const automatic = (input: LabObjectsInput) => [...fileVolumes(input), ...directoryVolumes(input)];

/** The pod volumes that every lab has. */
export function automaticVolumes(input: LabObjectsInput): V1Volume[] {
  return automatic(input).map(({ volume }) => volume);
}

/** Their mounts, followed by secrets mounted as single files; the startup volume is for init containers to write. */
export function automaticMounts(input: LabObjectsInput, startup: 'read-only' | 'writable'): V1VolumeMount[] {
  const mounts = automatic(input).map(({ volume: { name }, mount }) => {
    const isWritable = startup === 'writable' && name === AUTOMATIC_VOLUMES.startup;
    return { name, ...mount, ...(isWritable ? { readOnly: false } : {}) };
  });
  const secrets = input.config.lab.secrets.flatMap(({ path, secretKey }) =>
    path === null
      ? []
      : [{ name: AUTOMATIC_VOLUMES.secrets, mountPath: path, subPath: secretKey, readOnly: true }],
  );
  return [...mounts, ...secrets];
}
