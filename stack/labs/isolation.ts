import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** How a process can be kept to itself on this machine. */
export interface Isolation {
  /** Put before a command line. */
  readonly prefix: readonly string[];
  /** Whether it then has file system and process IDs of its own, and ends with everything it started. */
  readonly hasNamespaces: boolean;
}

const DIES_WITH_PARENT = 'setpriv --pdeathsig=KILL --';
const MOUNT_PROC = 'mount -t proc proc /proc';

/**
 * Runs its arguments as the first process of a PID namespace, and with them ends everything they have started. Not with
 * `unshare --fork`, which turns the exit by SIGKILL into 1.
 */
const FIRST_PROCESS = `${DIES_WITH_PARENT} sh -ec '${MOUNT_PROC}; exec "$@"' sh "$@" & wait $!`;

const inNamespaces = (...more: readonly string[]): Isolation => {
  const unshare = ['unshare', '--mount', '--pid', ...more, '--'];
  const prefix = [...DIES_WITH_PARENT.split(' '), ...unshare, 'sh', '-c', FIRST_PROCESS, 'sh'];
  return { prefix, hasNamespaces: true };
};

const CHOICES: readonly Isolation[] = [
  inNamespaces(),
  inNamespaces('--user', '--map-root-user'),
  { prefix: DIES_WITH_PARENT.split(' '), hasNamespaces: false },
];

/** Finds out by trying: as root namespaces work, else most kernels let every user have one. */
export async function findIsolation(): Promise<Isolation> {
  for (const choice of CHOICES) {
    const works = await promisify(execFile)('env', [...choice.prefix, 'true']).then(
      () => true,
      () => false,
    );
    if (works) return choice;
  }
  return { prefix: [], hasNamespaces: false };
}
