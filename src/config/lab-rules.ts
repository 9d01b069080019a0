import { AUTOMATIC_VOLUMES, fileKey, LAB_CONTAINER_NAME, STANDARD_INIT_CONTAINERS } from '../domain/names';
import type { LabFields } from './lab-fields';
import { automaticMounts, configuredMounts, type PlannedMount } from './mounts';
import { isReservedPath, type MountConfig, type VolumeConfig } from './volumes';

/** A broken rule that spans several keys; `path` is relative to the section. */
export interface Violation {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

type Rule = (lab: LabFields) => Violation[];

const RESERVED_VARIABLES: ReadonlySet<string> = new Set([
  'ACCESS_TOKEN',
  'DEBUG',
  'CONTAINER_SIZE',
  'CPU_GUARANTEE',
  'CPU_LIMIT',
  'EXTERNAL_INSTANCE_URL',
  'IMAGE_DIGEST',
  'IMAGE_DESCRIPTION',
  'JPY_API_TOKEN',
  'JUPYTER_IMAGE',
  'JUPYTER_IMAGE_SPEC',
  'KUBERNETES_NODE_NAME',
  'MEM_GUARANTEE',
  'MEM_LIMIT',
  'RESET_USER_ENV',
]);

const isReservedVariable = (name: string): boolean =>
  RESERVED_VARIABLES.has(name) || name.startsWith('JUPYTERHUB_');

/** The places at which a value occurs for a second or later time. */
function repeated(values: readonly string[]): { value: string; index: number }[] {
  return values
    .map((value, index) => ({ value, index }))
    .filter(({ value, index }) => values.indexOf(value) < index);
}

const sizes: Rule = ({ sizes, defaultSize }) => {
  const names = sizes.map(({ size }) => size);
  const violations: Violation[] = repeated(names).map(({ value, index }) => ({
    path: ['sizes', index, 'size'],
    message: `"${value}" is listed twice`,
  }));
  if (sizes.length === 0) {
    violations.push({
      path: ['sizes'],
      message: 'an empty list is not allowed; at least one size is needed',
    });
  }
  if (defaultSize !== null && !names.includes(defaultSize)) {
    violations.push({ path: ['defaultSize'], message: `"${defaultSize}" is not one of sizes` });
  }
  return violations;
};

/** Volume names that occur twice. */
export function duplicateVolumes(
  volumes: readonly VolumeConfig[],
  path: readonly PropertyKey[],
): Violation[] {
  return repeated(volumes.map(({ name }) => name)).map(({ value, index }) => ({
    path: [...path, index, 'name'],
    message: `"${value}" is the name of an earlier volume`,
  }));
}

/** Mounts of volumes that do not exist; `where` says in which container, after the volume's name. */
export function unknownVolumes(
  mounts: readonly MountConfig[],
  volumes: readonly VolumeConfig[],
  path: readonly PropertyKey[],
  where = '',
): Violation[] {
  return mounts.flatMap(({ volumeName }, index) =>
    volumes.some(({ name }) => name === volumeName)
      ? []
      : [{ path: [...path, index, 'volumeName'], message: `Unknown mounted volume ${volumeName}${where}` }],
  );
}

/** Second and later mounts at one place of one container. */
export function collidingMounts(mounts: readonly PlannedMount[]): Violation[] {
  return mounts.flatMap(({ path, key, what }, index) => {
    const earlier = mounts.slice(0, index).find((other) => other.path === path);
    return earlier
      ? [{ path: key, message: `"${path}" is taken by ${earlier.what}; ${what} needs another` }]
      : [];
  });
}

const volumes: Rule = (lab) => {
  const automatic = new Set<string>([
    ...Object.values(AUTOMATIC_VOLUMES),
    ...Object.keys(lab.files).map(fileKey),
  ]);
  const violations = [
    ...duplicateVolumes(lab.volumes, ['volumes']),
    ...unknownVolumes(lab.volumeMounts, lab.volumes, ['volumeMounts']),
    ...lab.volumes.flatMap(({ name }, index) =>
      automatic.has(name)
        ? [{ path: ['volumes', index, 'name'], message: `"${name}" is the name of an automatic volume` }]
        : [],
    ),
    ...collidingMounts([...automaticMounts(lab), ...configuredMounts(lab.volumeMounts, ['volumeMounts'])]),
  ];
  if (!lab.volumes.some(({ name }) => name === lab.homeVolumeName)) {
    violations.push({
      path: ['homeVolumeName'],
      message: `A home volume is required: "${lab.homeVolumeName}" is not one of volumes`,
    });
  }
  return violations;
};

const environment: Rule = ({ env, secrets }) => {
  const variables = [
    ...Object.keys(env).map((name) => ({ name, path: ['env', name] })),
    ...secrets.map(({ env: name }, index) => ({ name, path: ['secrets', index, 'env'] })),
  ];
  return variables.flatMap(({ name, path }) =>
    name !== null && isReservedVariable(name)
      ? [{ path, message: `"${name}" is set by the controller and reserved` }]
      : [],
  );
};

const files: Rule = ({ files }) => {
  const paths = Object.keys(files);
  const keys: string[] = [AUTOMATIC_VOLUMES.discovery, ...paths.map(fileKey)];
  const unusable = paths.flatMap((path) => {
    if (!path.startsWith('/') || isReservedPath(path)) {
      return [{ path: ['files', path], message: `"${path}" is not an absolute path free for files` }];
    }
    return /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(fileKey(path))
      ? []
      : [{ path: ['files', path], message: `"${fileKey(path)}", made of its base name, is no volume name` }];
  });
  const clashes = repeated(keys).map(({ value, index }) => ({
    path: ['files', paths[index - 1] ?? ''],
    message: `its base name gives the key "${value}", which is taken`,
  }));
  return [...unusable, ...clashes];
};

const secrets: Rule = ({ secrets }) => {
  const keys = secrets.map(({ secretKey }) => secretKey);
  const repeats = repeated(keys).map(({ value, index }) => ({
    path: ['secrets', index, 'secretKey'],
    message: `"${value}" is the key of an earlier secret`,
  }));
  const reserved = keys.flatMap((key, index) =>
    key === 'token' || key.startsWith('hub-env.')
      ? [{ path: ['secrets', index, 'secretKey'], message: `"${key}" is reserved for the controller` }]
      : [],
  );
  return [...repeats, ...reserved];
};

const initContainers: Rule = ({ initContainers, volumes }) => {
  const names = initContainers.map(({ name }) => name);
  const taken = new Set<string>([LAB_CONTAINER_NAME, ...Object.values(STANDARD_INIT_CONTAINERS)]);
  const repeats = repeated(names).map(({ value, index }) => ({
    path: ['initContainers', index, 'name'],
    message: `"${value}" is the name of an earlier init container`,
  }));
  const others = initContainers.flatMap(({ name, volumeMounts }, index) => {
    const path = ['initContainers', index, 'volumeMounts'];
    const reserved = { path: ['initContainers', index, 'name'], message: `"${name}" is a reserved name` };
    return [
      ...(taken.has(name) ? [reserved] : []),
      ...unknownVolumes(volumeMounts, volumes, path),
      ...collidingMounts(configuredMounts(volumeMounts, path)),
    ];
  });
  return [...repeats, ...others];
};

/** By this label network policies admit the hub. */
const labels: Rule = ({ labels }) =>
  labels.app === 'jupyterhub'
    ? [
        {
          path: ['labels', 'app'],
          message: '"jupyterhub" would let labs reach each other; leave it to the hub',
        },
      ]
    : [];

const RULES: readonly Rule[] = [sizes, volumes, environment, files, secrets, initContainers, labels];

/** Everything in `lab` that breaks a rule spanning several of its keys. */
export function labViolations(lab: LabFields): Violation[] {
  return RULES.flatMap((rule) => rule(lab));
}
