import type {
  V1Affinity,
  V1PodSecurityContext,
  V1PodSpec,
  V1ResourceRequirements,
  V1SecurityContext,
  V1Toleration,
} from '@kubernetes/client-node';
import type { Config } from '../config/config';
import type { Toleration } from '../domain/node-eligibility';
import { bytesText, cpuText, type LabResources, type ResourceAmount } from '../domain/resources';
import type { PosixUser } from '../domain/user';

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

/** Where a pod goes. */
export function placement({
  affinity,
  nodeSelector,
  tolerations,
}: Pick<Config['lab'], 'affinity' | 'nodeSelector' | 'tolerations'>): Pick<
  V1PodSpec,
  'affinity' | 'nodeSelector' | 'tolerations'
> {
  return {
    ...(affinity === null ? {} : { affinity: structuredClone<V1Affinity>(affinity) }),
    ...(Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector: { ...nodeSelector } }),
    tolerations: tolerations.map(podToleration),
  };
}

type PodSecurity = Config['lab']['podSecurity'];

/** The security context of a user's pod, for all its containers. */
export function podSecurityContext(
  { seccompProfile }: Pick<PodSecurity, 'seccompProfile'>,
  { groups }: Pick<PosixUser, 'groups'>,
): V1PodSecurityContext {
  return {
    supplementalGroups: groups.map(({ id }) => id),
    ...(seccompProfile === 'Unconfined' ? {} : { seccompProfile: { type: seccompProfile } }),
  };
}

/** The security context of a container without privilege, of any user. */
export function confinedSecurityContext({
  dropCapabilities,
}: Pick<PodSecurity, 'dropCapabilities'>): V1SecurityContext {
  return {
    allowPrivilegeEscalation: false,
    capabilities: { drop: [dropCapabilities] },
    readOnlyRootFilesystem: true,
  };
}

/** The security context of a container that runs as an ordinary user without any capability. */
export function userSecurityContext(
  podSecurity: Pick<PodSecurity, 'dropCapabilities'>,
  { uid, gid }: { readonly uid: number; readonly gid: number },
): V1SecurityContext {
  return {
    ...confinedSecurityContext(podSecurity),
    runAsNonRoot: true,
    runAsUser: uid,
    runAsGroup: gid,
  };
}
