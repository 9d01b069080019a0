import { FSADMIN_KEYS } from './admin-pod';
import type { Environment } from './environment';
import { fileServerKeys, isFileServerEnabled } from './file-server';
import { automaticMounts, configuredMounts, isBelow } from './mounts';
import { nssClashes } from './nss';
import { type Problem, pathText } from './problems';
import type { FileConfig } from './schema';
import { camelCase, isMapping } from './section';

type Lab = FileConfig['lab'];

const DISCOURAGED_VARIABLES: readonly string[] = [
  'NUBLADO_TOKEN',
  'K8S_NODE_NAME',
  'JUPYTERLAB_CONFIG_DIR',
  'JUPYTERLAB_START_COMMAND',
  'NUBLADO_RUNTIME_MOUNTS_DIR',
  'REPERTOIRE_BASE_URL',
];

function otherKeys(value: unknown, known: readonly string[], path: readonly PropertyKey[]): Problem[] {
  return isMapping(value)
    ? Object.keys(value)
        .filter((key) => !known.includes(camelCase(key)))
        .map((key) => ({ path: pathText([...path, key]), message: 'is ignored' }))
    : [];
}

const resourceKeys = (value: unknown, path: readonly PropertyKey[]): Problem[] => [
  ...otherKeys(value, ['limits', 'requests'], path),
  ...(isMapping(value)
    ? ['limits', 'requests'].flatMap((kind) => otherKeys(value[kind], ['cpu', 'memory'], [...path, kind]))
    : []),
];

const resourcesOf = (section: unknown): unknown => (isMapping(section) ? section.resources : undefined);

function ignoredKeys(document: Record<string, unknown>): Problem[] {
  const { fileserver, fsadmin } = document;
  const sizes = isMapping(document.lab) && Array.isArray(document.lab.sizes) ? document.lab.sizes : [];
  const isEnabled = isFileServerEnabled(fileserver);
  return [
    ...sizes.flatMap((size, index) => resourceKeys(resourcesOf(size), ['lab', 'sizes', index, 'resources'])),
    ...otherKeys(fsadmin, FSADMIN_KEYS, ['fsadmin']),
    ...resourceKeys(resourcesOf(fsadmin), ['fsadmin', 'resources']),
    ...(isEnabled
      ? resourceKeys(resourcesOf(fileserver), ['fileserver', 'resources'])
      : otherKeys(fileserver, fileServerKeys(fileserver), ['fileserver'])),
    ...(isEnabled && isMapping(fileserver) && 'image' in fileserver
      ? [{ path: 'fileserver.image', message: 'is ignored; the support image is used' }]
      : []),
  ];
}

/** Finds amounts such as `500m`, which mean megabytes here and thousandths in Kubernetes. */
function ambiguousMemory(value: unknown, path: readonly PropertyKey[]): Problem[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => ambiguousMemory(item, [...path, index]));
  }
  if (!isMapping(value)) {
    return [];
  }
  return Object.entries(value).flatMap(([key, content]) => {
    const isAmount = (key === 'memory' || key === 'size') && typeof content === 'string';
    return isAmount && /\d\s*m$/.test(content)
      ? [{ path: pathText([...path, key]), message: `"${content}" is read as megabytes; write M or Mi` }]
      : ambiguousMemory(content, [...path, key]);
  });
}

function ineffectiveTolerations(tolerations: Lab['tolerations'], path: readonly PropertyKey[]): Problem[] {
  return tolerations.flatMap(({ tolerationSeconds, effect }, index) =>
    tolerationSeconds !== null && effect !== 'NoExecute'
      ? [
          {
            path: pathText([...path, index, 'tolerationSeconds']),
            message: `${tolerationSeconds} is left out; it needs the effect NoExecute`,
          },
        ]
      : [],
  );
}

function environmentWarnings(lab: Lab): Problem[] {
  const variables = [
    ...Object.keys(lab.env).map((name) => ({ name, path: `lab.env.${name}` })),
    ...lab.secrets.map(({ env: name }, index) => ({ name, path: `lab.secrets[${index}].env` })),
  ];
  return variables.flatMap(({ name, path }) =>
    name !== null && DISCOURAGED_VARIABLES.includes(name)
      ? [{ path, message: `"${name}" replaces what the controller sets` }]
      : [],
  );
}

function mountWarnings(lab: Lab): Problem[] {
  const configured = configuredMounts(lab.volumeMounts, ['lab', 'volumeMounts']);
  const automatic = automaticMounts(lab);
  const nested = configured.flatMap(({ path, key }) => {
    const other = automatic.find((mount) => isBelow(path, mount.path) || isBelow(mount.path, path));
    return other
      ? [{ path: pathText(key), message: `"${path}" is nested with ${other.what} at ${other.path}` }]
      : [];
  });
  const isHomeMounted = lab.volumeMounts.some(({ volumeName }) => volumeName === lab.homeVolumeName);
  const isHomeCovered = configured.some(
    ({ path }) =>
      path === lab.homedirPrefix || isBelow(lab.homedirPrefix, path) || isBelow(path, lab.homedirPrefix),
  );
  return [
    ...nested,
    ...(isHomeMounted
      ? []
      : [{ path: 'lab.homeVolumeName', message: `"${lab.homeVolumeName}" is not mounted in labs` }]),
    ...(isHomeCovered
      ? []
      : [{ path: 'lab.homedirPrefix', message: `"${lab.homedirPrefix}" is not inside any mounted volume` }]),
  ];
}

function unusedVolumes({ lab, fileserver, fsadmin }: FileConfig): Problem[] {
  const mounts = [
    ...lab.volumeMounts,
    ...lab.initContainers.flatMap(({ volumeMounts }) => volumeMounts),
    ...(fileserver.enabled ? fileserver.volumeMounts : []),
    ...fsadmin.extraVolumeMounts,
  ];
  const used = new Set(mounts.map(({ volumeName }) => volumeName));
  return lab.volumes.flatMap(({ name }, index) =>
    used.has(name) ? [] : [{ path: `lab.volumes[${index}].name`, message: `"${name}" is mounted nowhere` }],
  );
}

const clash = (key: string, name: string): Problem => ({
  path: `lab.nss.${key}`,
  message: `"${name}" has a name or id that the base text or an earlier entry has too`,
});

function labWarnings(lab: Lab): Problem[] {
  const clashes = nssClashes(lab.nss);
  return [
    ...environmentWarnings(lab),
    ...mountWarnings(lab),
    ...ineffectiveTolerations(lab.tolerations, ['lab', 'tolerations']),
    ...clashes.users.map((name) => clash('extraUsers', name)),
    ...clashes.groups.map((name) => clash('extraGroups', name)),
    ...(lab.mountPaths.startup === '/etc/nublado/startup'
      ? []
      : [
          {
            path: 'lab.mountPaths.startup',
            message: `"${lab.mountPaths.startup}" is not where current lab images look`,
          },
        ]),
  ];
}

function menuWarnings({ dropdownMenu }: FileConfig): Problem[] {
  return Object.entries(dropdownMenu).flatMap(([category, { number }]) =>
    number === 0 ? [{ path: `dropdownMenu.${category}.number`, message: '0 means no limit, not none' }] : [],
  );
}

/** What is odd in a usable configuration: ignored keys, and settings that will not do what they seem to. */
export function configWarnings(document: unknown, config: FileConfig, environment: Environment): Problem[] {
  const raw = isMapping(document) ? document : {};
  const hasSupportImage = 'supportImage' in raw || 'support_image' in raw;
  const isPublishing = isMapping(raw.metrics) && raw.metrics.enabled === true;
  return [
    ...ignoredKeys(raw),
    ...ambiguousMemory(raw, []),
    ...labWarnings(config.lab),
    ...unusedVolumes(config),
    ...(config.fileserver.enabled
      ? ineffectiveTolerations(config.fileserver.tolerations, ['fileserver', 'tolerations'])
      : []),
    ...ineffectiveTolerations(config.fsadmin.tolerations, ['fsadmin', 'tolerations']),
    ...menuWarnings(config),
    ...(isPublishing
      ? [{ path: 'metrics', message: 'is ignored; this version publishes no metrics events' }]
      : []),
    ...(hasSupportImage || environment.NUBLADO_CONTROLLER_TAG
      ? []
      : [{ path: 'NUBLADO_CONTROLLER_TAG', message: 'is not set; the support image 11.0.0 is used' }]),
  ];
}
