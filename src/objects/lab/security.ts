import type { V1PodSecurityContext, V1SecurityContext } from '@kubernetes/client-node';
import type { Config } from '../../config/config';
import type { PosixUser } from '../../domain/user';

type PodSecurity = Config['lab']['podSecurity'];

/** What making a home directory takes: giving it away, below directories that root may not enter. */
const INITHOME_CAPABILITIES = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER'];

/** What holds for all containers of a lab's pod. */
export function podSecurityContext(
  { seccompProfile }: PodSecurity,
  { groups }: PosixUser,
): V1PodSecurityContext {
  return {
    supplementalGroups: groups.map(({ id }) => id),
    ...(seccompProfile === 'Unconfined' ? {} : { seccompProfile: { type: seccompProfile } }),
  };
}

/** The user, without any capability. */
export function userSecurityContext(
  { dropCapabilities }: Pick<PodSecurity, 'dropCapabilities'>,
  { uid, gid }: Pick<PosixUser, 'uid' | 'gid'>,
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

/** Root with all that the node can do. */
export function privilegedSecurityContext(): V1SecurityContext {
  return {
    allowPrivilegeEscalation: true,
    privileged: true,
    readOnlyRootFilesystem: true,
    runAsNonRoot: false,
    runAsUser: 0,
  };
}

/** Root for the container that makes home directories: privileged only where that is configured. */
export function inithomeSecurityContext({
  dropCapabilities,
  privilegedInithome,
}: PodSecurity): V1SecurityContext {
  return privilegedInithome
    ? privilegedSecurityContext()
    : {
        allowPrivilegeEscalation: false,
        capabilities: { drop: [dropCapabilities], add: [...INITHOME_CAPABILITIES] },
        readOnlyRootFilesystem: true,
        runAsNonRoot: false,
        runAsUser: 0,
      };
}

/** Whether a container has more rights than a user: everything but a container that is surely confined counts. */
export function isPrivileged(context: V1SecurityContext): boolean {
  const { allowPrivilegeEscalation, capabilities, privileged, runAsNonRoot, runAsUser } = context;
  const isUser = runAsNonRoot === true && runAsUser !== undefined && runAsUser > 0;
  const isConfined = allowPrivilegeEscalation === false && privileged !== true;
  return !isUser || !isConfined || (capabilities?.add ?? []).length > 0;
}
