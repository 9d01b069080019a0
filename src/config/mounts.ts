import type { LabFields } from './lab';
import { normalisedPath } from './volumes';

/** Where something is mounted, the key that asks for it, and what it is in words. */
export interface PlannedMount {
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
