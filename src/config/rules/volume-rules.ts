import { AUTOMATIC_VOLUMES, fileKey } from '../../domain/names';
import type { Finding } from '../diagnostics';
import { repeated } from '../diagnostics';
import type { LabFields } from '../schema/lab';
import type { MountConfig, VolumeConfig } from '../schema/volumes';
import { normalisedPath } from '../schema/volumes';

/** Where something is mounted, the key that asks for it, and what it is in words. */
interface PlannedMount {
  readonly path: string;
  readonly key: readonly PropertyKey[];
  readonly what: string;
}

/** What the controller mounts into every lab container, whatever the volumes are. */
export function automaticMounts(lab: Pick<LabFields, 'mountPaths' | 'files' | 'secrets'>): PlannedMount[] {
  const fixed = ['/etc/passwd', '/etc/group'].map((path) => ({ path, key: ['nss'], what: 'the NSS files' }));
  const movable = Object.entries(lab.mountPaths).map(([name, path]) => ({
    path,
    key: ['mountPaths', name],
    what: `the automatic ${name} mount`,
  }));
  const files = Object.keys(lab.files).map((path) => ({
    path,
    key: ['files', path],
    what: `the file ${path}`,
  }));
  const secrets = lab.secrets.flatMap(({ path, secretKey }, index) =>
    path === null ? [] : [{ path, key: ['secrets', index, 'path'], what: `the secret ${secretKey}` }],
  );
  return [...fixed, ...movable, ...files, ...secrets].map((mount) => ({
    ...mount,
    path: normalisedPath(mount.path),
  }));
}

/** The configured mounts of the list at `key`. */
export function configuredMounts(
  mounts: LabFields['volumeMounts'],
  key: readonly PropertyKey[],
): PlannedMount[] {
  return mounts.map(({ containerPath, volumeName }, index) => ({
    path: normalisedPath(containerPath),
    key: [...key, index, 'containerPath'],
    what: `the volume ${volumeName}`,
  }));
}

/** Whether one normalised path lies strictly below another. */
export function isBelow(path: string, parent: string): boolean {
  return path !== parent && path.startsWith(parent === '/' ? '/' : `${parent}/`);
}

/** Volume names that occur twice. */
export function duplicateVolumes(volumes: readonly VolumeConfig[], path: readonly PropertyKey[]): Finding[] {
  return repeated(volumes.map(({ name }) => name)).map(({ value, index }) => ({
    path: [...path, index, 'name'],
    value: `"${value}"`,
    rule: 'duplicate',
    message: `"${value}" is the name of an earlier volume`,
    remedy: 'Give each volume a name of its own.',
  }));
}

/** Mounts of volumes that do not exist; `where` says in which container, after the volume's name. */
export function unknownVolumes(
  mounts: readonly MountConfig[],
  volumes: readonly VolumeConfig[],
  path: readonly PropertyKey[],
  where = '',
): Finding[] {
  return mounts.flatMap(({ volumeName }, index): Finding[] =>
    volumes.some(({ name }) => name === volumeName)
      ? []
      : [
          {
            path: [...path, index, 'volumeName'],
            value: `"${volumeName}"`,
            rule: 'unknown-name',
            message: `Unknown mounted volume ${volumeName}${where}`,
            remedy: `Add a volume of that name, or name one of ${volumes.map(({ name }) => name).join(', ') || 'those there are (none)'}.`,
          },
        ],
  );
}

/** Second and later mounts at one place of one container. */
export function collidingMounts(mounts: readonly PlannedMount[]): Finding[] {
  return mounts.flatMap(({ path, key, what }, index): Finding[] => {
    const earlier = mounts.slice(0, index).find((other) => other.path === path);
    return earlier
      ? [
          {
            path: key,
            value: `"${path}"`,
            rule: 'conflict',
            message: `"${path}" is taken by ${earlier.what}; ${what} needs another`,
            remedy: 'Choose another path: Kubernetes refuses pods with two mounts at one place.',
          },
        ]
      : [];
  });
}

function automaticNames({ volumes, files }: LabFields): Finding[] {
  const automatic = new Set<string>([
    ...Object.values(AUTOMATIC_VOLUMES),
    ...Object.keys(files).map(fileKey),
  ]);
  return volumes.flatMap(({ name }, index): Finding[] =>
    automatic.has(name)
      ? [
          {
            path: ['volumes', index, 'name'],
            value: `"${name}"`,
            rule: 'reserved',
            message: `"${name}" is the name of an automatic volume`,
            remedy: 'Rename the volume, and its mounts.',
          },
        ]
      : [],
  );
}

function homeVolume({ volumes, homeVolumeName }: LabFields): Finding[] {
  if (volumes.some(({ name }) => name === homeVolumeName)) return [];
  return [
    {
      path: ['homeVolumeName'],
      value: `"${homeVolumeName}"`,
      rule: 'unknown-name',
      message: `A home volume is required: "${homeVolumeName}" is not one of volumes`,
      remedy: 'Add a volume of that name with the home directories, or name the one that has them.',
    },
  ];
}

/** What is wrong with the volumes of labs and their mounts in the lab container. */
export function volumeFindings(lab: LabFields): Finding[] {
  return [
    ...duplicateVolumes(lab.volumes, ['volumes']),
    ...unknownVolumes(lab.volumeMounts, lab.volumes, ['volumeMounts']),
    ...automaticNames(lab),
    ...collidingMounts([...automaticMounts(lab), ...configuredMounts(lab.volumeMounts, ['volumeMounts'])]),
    ...homeVolume(lab),
  ];
}
