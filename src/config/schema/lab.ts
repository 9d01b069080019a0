import * as z from 'zod';
import { LAB_SIZES } from '../../domain/lab-plan';
import { STARTUP_DIRECTORY } from '../../domain/names';
import { withoutTrailingSlashes } from '../../domain/urls';
import { MAX_POSIX_ID, MIN_LAB_ID } from '../../domain/user';
import { sizeInCurrentFormat } from './former-formats';
import { homeSpace } from './home-space';
import {
  homedirPrefix,
  homedirSuffix,
  initContainer,
  labelValue,
  mountPaths,
  nss,
  podSecurity,
  secret,
  template,
  tmpSizeRatio,
  variable,
} from './lab-parts';
import { affinity, toleration } from './placement';
import { duration, interval, limit } from './quantities';
import { optionalText, resources } from './resources';
import { absolutePath, boolean, integer, kubernetesName, oneOf, privateText, text, textMap } from './scalars';
import { section } from './section';
import { mount, volume } from './volumes';

const size = sizeInCurrentFormat(
  section({
    size: oneOf(LAB_SIZES).describe('Name of the size.'),
    resources: resources.describe('Limits and requests of a lab of this size.'),
  }),
);

/** The fields of `lab` as they are written, each checked by itself. */
const writtenLab = section({
  defaults: oneOf(['rubin', 'plain'])
    .prefault('rubin')
    .describe(
      "Which images labs are made for: the Rubin Observatory's, or plain Jupyter ones. Gives the defaults of " +
        '`jupyterlabConfigDir`, `labStartCommand`, `legacyImageEnv` and `standardStartup`.',
    ),
  namespacePrefix: kubernetesName().describe('Namespaces of labs are named `<prefix>-<username>`.'),
  sizes: z.array(size).describe('Sizes that users can choose, in the order of the menu.'),
  defaultSize: oneOf(LAB_SIZES).nullable().prefault(null).describe('Size chosen in the form at first.'),
  spawnTimeout: limit()
    .prefault('10m')
    .describe("Limit of a whole spawn. The hub's `start_timeout` should be longer."),
  deleteTimeout: limit().prefault('1m').describe('Limit of a whole deletion.'),
  reconcileInterval: interval()
    .prefault('5m')
    .describe('How often state and cluster are compared, and how long a failed lab stays.'),
  activityInterval: duration()
    .prefault('1h')
    .describe('How often labs report activity to the hub: `JUPYTERHUB_ACTIVITY_INTERVAL`.'),
  application: optionalText().describe('Argo CD application that shows the objects.'),
  labStartCommand: z
    .array(text())
    .optional()
    .describe("Arguments of the lab container; empty for the image's own command.")
    .meta({ 'x-default': '`[/opt/lsst/software/jupyterlab/runlab.sh]`, plain: `[]`' }),
  jupyterlabConfigDir: text()
    .nullable()
    .optional()
    .describe('`JUPYTERLAB_CONFIG_DIR`; null leaves the variable out.')
    .meta({ 'x-default': '`/opt/lsst/software/jupyterlab`, plain: null' }),
  env: z
    .record(z.string(), privateText())
    .prefault({})
    .describe('Variables of labs; they override all but the reserved ones, which are not allowed here.'),
  hubSecretEnv: z
    .array(variable())
    .prefault([])
    .describe('Hub variables to keep confidential, besides `JUPYTERHUB_API_TOKEN` and `JPY_API_TOKEN`.'),
  legacyImageEnv: boolean()
    .optional()
    .describe('Also set the deprecated `JUPYTER_IMAGE` and `K8S_NODE_NAME`.')
    .meta({ 'x-default': '`true`, plain: `false`' }),
  homedirPrefix: homedirPrefix.prefault('/home').describe('Where home directories begin.'),
  homedirSchema: oneOf(['username', 'initialThenUsername'])
    .prefault('username')
    .describe('`/home/rachel`, or `/home/r/rachel`.'),
  homedirSuffix: homedirSuffix.prefault('').describe('Directory below that.'),
  homeVolumeName: text().prefault('home').describe('Name of the volume with the home directories.'),
  homeSpace: homeSpace
    .nullable()
    .prefault(null)
    .describe('Check how much space home directories have before labs start; null does not check it.'),
  volumes: z.array(volume).prefault([]).describe('Volumes that containers can mount.'),
  volumeMounts: z.array(mount).prefault([]).describe('What labs mount.'),
  emptyDirSource: oneOf(['memory', 'disk']).prefault('memory').describe('Where `/tmp` is kept.'),
  tmpSizeRatio: tmpSizeRatio.prefault(4).describe('`/tmp` holds the memory limit divided by this.'),
  runtimeMountsDir: absolutePath()
    .prefault('/etc/nublado')
    .describe('Base of automatic mounts: `NUBLADO_RUNTIME_MOUNTS_DIR`.'),
  mountPaths: mountPaths.prefault({}).describe('Where automatic volumes appear.'),
  files: z
    .record(z.string(), privateText())
    .prefault({})
    .describe('Contents of files in labs, by absolute path.'),
  secrets: z.array(secret).prefault([]).describe('Values of Secrets that labs get.'),
  pullSecret: optionalText().describe("Secret in the controller's namespace to pull images with."),
  nss: nss.prefault({}).describe('What `/etc/passwd` and `/etc/group` hold besides the user.'),
  standardInithome: boolean()
    .prefault(false)
    .describe('Run the standard container that makes home directories.'),
  standardStartup: boolean()
    .optional()
    .describe("Run the standard container that prepares the user's environment.")
    .meta({ 'x-default': '`true`, plain: `false`' }),
  initContainers: z.array(initContainer).prefault([]).describe('Further containers that run before the lab.'),
  podSecurity: podSecurity.prefault({}).describe('How far labs are confined.'),
  minimumId: integer(MIN_LAB_ID, MAX_POSIX_ID)
    .prefault(MIN_LAB_ID)
    .describe('Smallest user or group ID that a lab may run under; users with a smaller one get no lab.'),
  affinity: affinity.describe('Where labs go.'),
  nodeSelector: textMap().prefault({}).describe('Labels of the nodes they may go to.'),
  tolerations: z.array(toleration).prefault([]).describe('Taints they tolerate.'),
  labels: z.record(z.string(), labelValue()).prefault({}).describe('Further labels of all objects of labs.'),
  extraAnnotations: textMap().prefault({}).describe('Further annotations of lab pods.'),
  namespaceAnnotations: z
    .record(z.string(), template())
    .prefault({})
    .describe('Annotations of lab namespaces, in which `{{ uid }}` and `{{ gid }}` are filled in.'),
});

/** The hub's variables that are always confidential. */
const HUB_SECRETS = ['JUPYTERHUB_API_TOKEN', 'JPY_API_TOKEN'];

/** What is different in labs of the Rubin Observatory's images and in those of plain Jupyter images. */
const DEFAULTS = {
  rubin: {
    jupyterlabConfigDir: '/opt/lsst/software/jupyterlab',
    labStartCommand: ['/opt/lsst/software/jupyterlab/runlab.sh'],
    standardStartup: true,
    legacyImageEnv: true,
  },
  plain: { jupyterlabConfigDir: null, labStartCommand: [], standardStartup: false, legacyImageEnv: false },
} as const;

function completed(written: z.output<typeof writtenLab>) {
  const base = withoutTrailingSlashes(written.runtimeMountsDir);
  const { mountPaths } = written;
  const defaults = DEFAULTS[written.defaults];
  const { jupyterlabConfigDir = defaults.jupyterlabConfigDir } = written;
  return {
    ...written,
    /** Null leaves the variable out. */
    jupyterlabConfigDir,
    /** Empty for the image's own command. */
    labStartCommand: written.labStartCommand ?? defaults.labStartCommand,
    standardStartup: written.standardStartup ?? defaults.standardStartup,
    legacyImageEnv: written.legacyImageEnv ?? defaults.legacyImageEnv,
    /** Every hub variable to keep out of the ConfigMap, the built-in ones first. */
    hubSecretEnv: [...new Set([...HUB_SECRETS, ...written.hubSecretEnv])],
    /** Where the automatic volumes appear, defaults filled in. */
    mountPaths: {
      secrets: mountPaths.secrets ?? `${base}/secrets`,
      environment: mountPaths.environment ?? `${base}/environment`,
      runtime: mountPaths.runtime ?? `${base}/runtime`,
      startup: mountPaths.startup ?? STARTUP_DIRECTORY,
      discovery: mountPaths.discovery ?? '/etc/nublado/discovery/v1.json',
      tmp: mountPaths.tmp ?? '/tmp',
    },
  };
}

/** Settings of labs, complete with defaults. */
export type LabFields = ReturnType<typeof completed>;

/** Everything about the labs that users spawn. */
export const lab = writtenLab.transform(completed);
