import type { V1ResourceRequirements, V1SecurityContext, V1Toleration } from '@kubernetes/client-node';
import type { Config } from '../config/config';
import type { Toleration } from '../domain/node-eligibility';
import { bytesText, cpuText, type LabResources, type ResourceAmount } from '../domain/resources';

/*
 * Parts of pod specifications that pods of several kinds have.
 */

const amount = ({ cpu, memory }: ResourceAmount) => ({ cpu: cpuText(cpu), memory: bytesText(memory) });

/** The resources of a container. */
export function containerResources({ limits, requests }: LabResources): V1ResourceRequirements {
  return { limits: amount(limits), requests: amount(requests) };
}

/** A toleration of a pod. The API server refuses seconds without the effect `NoExecute`. */
export function podToleration(toleration: Toleration): V1Toleration {
  const { key, operator, value, effect, tolerationSeconds } = toleration;
  return {
    ...(key === null ? {} : { key }),
    operator,
    ...(value === null ? {} : { value }),
    ...(effect === null ? {} : { effect }),
    ...(tolerationSeconds === null || effect !== 'NoExecute' ? {} : { tolerationSeconds }),
  };
}

/** The security context of a container that runs as an ordinary user without any capability. */
export function userSecurityContext(
  { dropCapabilities }: Pick<Config['lab']['podSecurity'], 'dropCapabilities'>,
  { uid, gid }: { readonly uid: number; readonly gid: number },
): V1SecurityContext {
  return {
    allowPrivilegeEscalation: false,
    capabilities: { drop: [dropCapabilities] },
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    runAsUser: uid,
    runAsGroup: gid,
  };
}
