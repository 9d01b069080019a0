import type { V1EnvVar, V1SecurityContext } from '@kubernetes/client-node';
import type { Config } from '../../config/config';

type PodSecurity = Config['lab']['podSecurity'];

/** Needed to make a home directory and change its owner, below directories that root may not enter. */
const INITHOME_CAPABILITIES = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER'];

/** Root with all privileges on the node. */
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

/** Whether a container has more rights than a user; true unless its security context rules that out. */
export function isPrivileged(context: V1SecurityContext): boolean {
  const { allowPrivilegeEscalation, capabilities, privileged, runAsNonRoot, runAsUser } = context;
  const isUser = runAsNonRoot === true && runAsUser !== undefined && runAsUser > 0;
  const isConfined = allowPrivilegeEscalation === false && privileged !== true;
  return !isUser || !isConfined || (capabilities?.add ?? []).length > 0;
}

/** `PATH` of privileged containers, which no variable of a lab or its image changes. */
export const PRIVILEGED_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Names of variables that every version of Kubernetes accepts in a container's list. */
const VARIABLE_NAME = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;

/** Kubernetes replaces `$(NAME)` in such values; a doubled dollar sign stands for one. */
const literal = (value: string): string => value.replaceAll('$', '$$$$');

/**
 * All variables of a container that runs as root or with privilege: the configured ones, which are the operator's
 * responsibility, a fixed `PATH`, and the controller's `own`. Nothing else of the request or of the user's identity is
 * among them, since variables such as `LD_PRELOAD` change what the programs of the container do.
 */
export function privilegedVariables(
  { env, runtimeMountsDir }: Pick<Config['lab'], 'env' | 'runtimeMountsDir'>,
  own: Readonly<Record<string, string>>,
): V1EnvVar[] {
  const variables = Object.entries({
    ...env,
    NUBLADO_RUNTIME_MOUNTS_DIR: runtimeMountsDir,
    ...own,
    PATH: PRIVILEGED_PATH,
  });
  return variables
    .filter(([name]) => VARIABLE_NAME.test(name))
    .map(([name, value]) => ({ name, value: literal(value) }));
}
