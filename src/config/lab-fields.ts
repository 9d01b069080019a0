import * as z from 'zod';
import { LAB_SIZES } from '../domain/lab-options';
import { nss } from './nss';
import { affinity, toleration } from './placement';
import { duration } from './quantities';
import { image, optionalText, resources } from './resources';
import {
  absolutePath,
  boolean,
  filledText,
  kubernetesName,
  matching,
  oneOf,
  privateText,
  scalar,
  text,
  textMap,
} from './scalars';
import { section } from './section';
import { template } from './template';
import { freePath, mount, volume } from './volumes';

const VARIABLE = /^[A-Za-z_.-][A-Za-z0-9_.-]*$/;

const variable = () => matching('the name of an environment variable', VARIABLE);

const homedirPrefix = scalar('an absolute path below /', (value) => {
  const path = typeof value === 'string' ? value.replace(/\/+$/, '') : '';
  return /^\/./.test(path) ? path : undefined;
});

const homedirSuffix = scalar('a string', (value) =>
  typeof value === 'string' ? value.replace(/^\/+|\/+$/g, '') : undefined,
);

const tmpSizeRatio = scalar('a number above 1', (value) =>
  typeof value === 'number' && Number.isFinite(value) && value > 1 ? value : undefined,
);

const labelValue = () =>
  matching('a Kubernetes label value', /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/);

const initContainer = section({
  name: kubernetesName(),
  image,
  command: z.array(text()).nullable().default(null),
  privileged: boolean().default(false),
  volumeMounts: z.array(mount).default([]),
});

const secret = section({
  secretName: filledText(),
  secretKey: matching('the key of a Kubernetes secret', /^[-._A-Za-z0-9]+$/),
  env: variable().nullable().default(null),
  path: freePath().nullable().default(null),
});

const mountPath = () => absolutePath().nullable().default(null);

const mountPaths = section({
  secrets: mountPath(),
  environment: mountPath(),
  runtime: mountPath(),
  startup: mountPath(),
  discovery: mountPath(),
  tmp: mountPath(),
});

const podSecurity = section({
  seccompProfile: oneOf(['RuntimeDefault', 'Unconfined']).default('RuntimeDefault'),
  dropCapabilities: oneOf(['all', 'ALL']).default('all'),
  privilegedInithome: boolean().default(false),
});

/** What is different in labs of the Rubin Observatory's images and in those of plain Jupyter images. */
const FLAVOURS = {
  rubin: {
    jupyterlabConfigDir: '/opt/lsst/software/jupyterlab',
    labStartCommand: ['/opt/lsst/software/jupyterlab/runlab.sh'],
    standardStartup: true,
    legacyImageEnv: true,
  },
  plain: {
    jupyterlabConfigDir: null,
    labStartCommand: [],
    standardStartup: false,
    legacyImageEnv: false,
  },
} as const;

const writtenFields = section({
  defaults: oneOf(['rubin', 'plain']).default('rubin'),
  namespacePrefix: kubernetesName(),
  activityInterval: duration().default(3_600_000),
  application: optionalText(),
  affinity,
  defaultSize: oneOf(LAB_SIZES).nullable().default(null),
  deleteTimeout: duration().default(60_000),
  spawnTimeout: duration().default(600_000),
  reconcileInterval: duration().default(300_000),
  emptyDirSource: oneOf(['memory', 'disk']).default('memory'),
  env: z.record(z.string(), privateText()).default({}),
  extraAnnotations: textMap().default({}),
  namespaceAnnotations: z.record(z.string(), template()).default({}),
  files: z.record(z.string(), privateText()).default({}),
  jupyterlabConfigDir: text().nullable().optional(),
  runtimeMountsDir: absolutePath().default('/etc/nublado'),
  homedirPrefix: homedirPrefix.default('/home'),
  homedirSchema: oneOf(['username', 'initialThenUsername']).default('username'),
  homedirSuffix: homedirSuffix.default(''),
  homeVolumeName: text().default('home'),
  initContainers: z.array(initContainer).default([]),
  labStartCommand: z.array(text()).optional(),
  nodeSelector: textMap().default({}),
  nss: nss.prefault({}),
  podSecurity: podSecurity.prefault({}),
  pullSecret: optionalText(),
  secrets: z.array(secret).default([]),
  sizes: z.array(section({ size: oneOf(LAB_SIZES), resources })),
  standardInithome: boolean().default(false),
  standardStartup: boolean().optional(),
  tolerations: z.array(toleration).default([]),
  volumes: z.array(volume).default([]),
  volumeMounts: z.array(mount).default([]),
  mountPaths: mountPaths.prefault({}),
  hubSecretEnv: z.array(variable()).default([]),
  legacyImageEnv: boolean().optional(),
  labels: z.record(z.string(), labelValue()).default({}),
  tmpSizeRatio: tmpSizeRatio.default(4),
});

/** The hub's variables that are always confidential. */
const HUB_SECRETS = ['JUPYTERHUB_API_TOKEN', 'JPY_API_TOKEN'];

function completed<Fields extends z.output<typeof writtenFields>>(lab: Fields) {
  const base = lab.runtimeMountsDir.replace(/\/+$/, '');
  const { defaults, ...written } = lab;
  const flavour = FLAVOURS[defaults];
  return {
    ...written,
    /** Null leaves the variable out. */
    jupyterlabConfigDir:
      written.jupyterlabConfigDir === undefined ? flavour.jupyterlabConfigDir : written.jupyterlabConfigDir,
    /** Empty for the image's own command. */
    labStartCommand: written.labStartCommand ?? flavour.labStartCommand,
    standardStartup: written.standardStartup ?? flavour.standardStartup,
    legacyImageEnv: written.legacyImageEnv ?? flavour.legacyImageEnv,
    /** Every hub variable to keep out of the ConfigMap, the built-in ones first. */
    hubSecretEnv: [...new Set([...HUB_SECRETS, ...lab.hubSecretEnv])],
    /** Where the automatic volumes appear, defaults filled in. */
    mountPaths: {
      secrets: lab.mountPaths.secrets ?? `${base}/secrets`,
      environment: lab.mountPaths.environment ?? `${base}/environment`,
      runtime: lab.mountPaths.runtime ?? `${base}/runtime`,
      startup: lab.mountPaths.startup ?? '/etc/nublado/startup',
      discovery: lab.mountPaths.discovery ?? '/etc/nublado/discovery/v1.json',
      tmp: lab.mountPaths.tmp ?? '/tmp',
    },
  };
}

/** The fields of `lab`, each checked by itself; durations still have their YAML names. */
export const labFields = writtenFields.transform(completed);

export type LabFields = z.output<typeof labFields>;
