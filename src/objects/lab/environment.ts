import type { V1ConfigMap } from '@kubernetes/client-node';
import { bytesText, cpuText, sizeLabel } from '../../domain/amounts';
import type { LabDesign } from '../../domain/lab-plan';
import { environmentConfigMapName } from '../../domain/names';
import { labConfigMap } from './config-map';
import type { LabObjectsInput } from './input';

/** One argument as a POSIX shell reads it back. */
function shellQuoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'"'"'`)}'`;
}

function imageVariables({ image }: LabDesign, isLegacyEnabled: boolean): Record<string, string> {
  return {
    JUPYTER_IMAGE_SPEC: image.reference,
    ...(isLegacyEnabled ? { JUPYTER_IMAGE: image.reference } : {}),
    IMAGE_DESCRIPTION: image.name,
    ...(image.digest === null ? {} : { IMAGE_DIGEST: image.digest }),
  };
}

function resourceVariables({ size, resources: { limits, requests } }: LabDesign): Record<string, string> {
  return {
    CONTAINER_SIZE: sizeLabel(size, limits),
    CPU_GUARANTEE: cpuText(requests.cpu),
    CPU_LIMIT: cpuText(limits.cpu),
    MEM_GUARANTEE: bytesText(requests.memory),
    MEM_LIMIT: bytesText(limits.memory),
  };
}

/** The ConfigMap of a lab's variables: the hub's, then the controller's, then the configured ones. */
export function environmentConfigMap(input: LabObjectsInput): V1ConfigMap {
  const { config, plan, secrets } = input;
  const { lab } = config;
  return labConfigMap(input, environmentConfigMapName(plan.user.username), {
    ...secrets.environment,
    ...(plan.enableDebug ? { DEBUG: 'TRUE' } : {}),
    ...(plan.resetUserEnv ? { RESET_USER_ENV: 'TRUE' } : {}),
    ...imageVariables(plan, lab.legacyImageEnv),
    ...resourceVariables(plan),
    JUPYTERHUB_ACTIVITY_INTERVAL: String(Math.trunc(lab.activityIntervalMs / 1000)),
    EXTERNAL_INSTANCE_URL: config.baseUrl,
    ...(lab.jupyterlabConfigDir === null ? {} : { JUPYTERLAB_CONFIG_DIR: lab.jupyterlabConfigDir }),
    ...(lab.labStartCommand.length === 0
      ? {}
      : { JUPYTERLAB_START_COMMAND: lab.labStartCommand.map(shellQuoted).join(' ') }),
    NUBLADO_RUNTIME_MOUNTS_DIR: lab.runtimeMountsDir,
    ...(config.repertoireBaseUrl === null ? {} : { REPERTOIRE_BASE_URL: config.repertoireBaseUrl }),
    ...lab.env,
  });
}
