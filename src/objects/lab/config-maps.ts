import type { V1ConfigMap } from '@kubernetes/client-node';
import { renderLabDiscovery } from '../../domain/discovery';
import type { LabDesign } from '../../domain/lab-plan';
import { AUTOMATIC_VOLUMES, fileKey } from '../../domain/names';
import { bytesText, cpuText, sizeLabel } from '../../domain/resources';
import { type LabObjectSet, metadataOf } from './input';
import { groupText, homeDirectory, passwdText } from './nss';

/** An immutable ConfigMap in the lab's namespace. */
function configMap(set: LabObjectSet, name: string, data: Record<string, string>): V1ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadataOf(set, name), immutable: true, data };
}

/** Quotes one argument for a POSIX shell. */
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

/** The ConfigMap of a lab's variables: the hub's, then the controller's, then the configured ones; later ones win. */
export function environmentConfigMap(set: LabObjectSet): V1ConfigMap {
  const { config, plan, secrets } = set;
  const { lab } = config;
  return configMap(set, set.names.environment, {
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

/** The ConfigMap of the lab's passwd and group files. */
export function nssConfigMap(set: LabObjectSet): V1ConfigMap {
  const { lab } = set.config;
  const { user } = set.plan;
  return configMap(set, set.names.nss, {
    passwd: passwdText(lab.nss, user, homeDirectory(lab, user.username)),
    group: groupText(lab.nss, user),
  });
}

/** The ConfigMap of the configured files and the discovery document. */
export function filesConfigMap(set: LabObjectSet): V1ConfigMap {
  const { config, discovery } = set;
  const files = Object.entries(config.lab.files).map(([path, content]) => [fileKey(path), content]);
  return configMap(set, set.names.files, {
    ...Object.fromEntries(files),
    ...(discovery === null ? {} : { [AUTOMATIC_VOLUMES.discovery]: renderLabDiscovery(discovery) }),
  });
}
