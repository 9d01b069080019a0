import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { asUser } from './user';

/** Isolation of processes that this machine supports. */
export interface Isolation {
  /** Prefix of a command line. */
  readonly prefix: readonly string[];
  /** Whether the process has its own file system and process IDs, and ends with all its children. */
  readonly hasNamespaces: boolean;
  /** Whether the process can run as any user. */
  readonly changesUsers: boolean;
}

const DIES_WITH_PARENT = 'setpriv --pdeathsig=KILL --';
const MOUNT_PROC = 'mount -t proc proc /proc';

/**
 * Runs its arguments as the first process of a PID namespace, whose end kills all others in it. `unshare --fork`
 * would turn the exit by SIGKILL into exit code 1.
 */
const FIRST_PROCESS = `${DIES_WITH_PARENT} sh -ec '${MOUNT_PROC}; exec "$@"' sh "$@" & wait $!`;

const inNamespaces = (...more: readonly string[]): Isolation => {
  const unshare = ['unshare', '--mount', '--pid', ...more, '--'];
  const prefix = [...DIES_WITH_PARENT.split(' '), ...unshare, 'sh', '-c', FIRST_PROCESS, 'sh'];
  return { prefix, hasNamespaces: true, changesUsers: false };
};

const WITHOUT: Isolation = { prefix: [], hasNamespaces: false, changesUsers: false };

const CHOICES: readonly Isolation[] = [
  { ...inNamespaces(), changesUsers: true },
  inNamespaces(),
  inNamespaces('--user', '--map-root-user'),
  { ...WITHOUT, prefix: DIES_WITH_PARENT.split(' ') },
];

const UNPRIVILEGED = { uid: 65_534, gid: 65_534, groups: [65_534] };

/** Finds the best isolation by trial: namespaces need root or a kernel that allows user namespaces. */
export async function findIsolation(): Promise<Isolation> {
  for (const choice of CHOICES) {
    const trial = [...choice.prefix, ...(choice.changesUsers ? asUser(UNPRIVILEGED) : []), 'true'];
    const works = await promisify(execFile)('env', trial).then(
      () => true,
      () => false,
    );
    if (works) return choice;
  }
  return WITHOUT;
}
