import type { V1ConfigMap } from '@kubernetes/client-node';
import { renderLabDiscovery } from '../../domain/discovery';
import { AUTOMATIC_VOLUMES, fileKey, filesConfigMapName } from '../../domain/names';
import { labConfigMap } from './config-map';
import type { LabObjectsInput } from './input';

/** The ConfigMap of the configured files and the discovery document. */
export function filesConfigMap(input: LabObjectsInput): V1ConfigMap {
  const { config, plan, discovery } = input;
  const files = Object.entries(config.lab.files).map(([path, content]) => [fileKey(path), content]);
  return labConfigMap(input, filesConfigMapName(plan.user.username), {
    ...Object.fromEntries(files),
    ...(discovery === null ? {} : { [AUTOMATIC_VOLUMES.discovery]: renderLabDiscovery(discovery) }),
  });
}
