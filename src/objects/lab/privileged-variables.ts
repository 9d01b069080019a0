import type { V1EnvVar } from '@kubernetes/client-node';
import type { Config } from '../../config/config';

/** Where privileged containers find programs; no variable of a lab or its image changes it. */
export const PRIVILEGED_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Names that every version of Kubernetes takes for a variable in a container's list. */
const VARIABLE_NAME = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;

/** Kubernetes replaces `$(NAME)` in such values; a doubled dollar sign stands for one. */
const literal = (value: string): string => value.replaceAll('$', '$$$$');

/**
 * All variables of a container that runs as root or with privilege: the configured ones, which the operator answers
 * for, a fixed `PATH`, and the controller's `own`. Nothing of the request or of the user's identity record is among
 * them but what `own` holds, since the programs of such a container obey variables such as `LD_PRELOAD`.
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
