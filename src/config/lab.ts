import type * as z from 'zod';
import { STARTUP_DIRECTORY } from '../domain/names';
import { withoutTrailingSlashes } from '../domain/urls';
import { writtenLab } from './lab-fields';
import { labFindings } from './lab-rules';
import { report } from './problems';

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
export const lab = writtenLab
  .transform(completed)
  .superRefine((fields, context) => report(labFindings(fields), context));
