import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { asUser } from './user';

/** How a process can be kept to itself on this machine. */
export interface Isolation {
  /** Put before a command line. */
  readonly prefix: readonly string[];
  /** Whether it then has file system and process IDs of its own, and ends with everything it started. */
  readonly hasNamespaces: boolean;
  /** Whether it can then run as any user. */
  readonly changesUsers: boolean;
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
  return { prefix, hasNamespaces: true, changesUsers: false };
};

const WITHOUT: Isolation = { prefix: [], hasNamespaces: false, changesUsers: false };

const CHOICES: readonly Isolation[] = [
  { ...inNamespaces(), changesUsers: true },
  inNamespaces(),
  inNamespaces('--user', '--map-root-user'),
  { ...WITHOUT, prefix: DIES_WITH_PARENT.split(' ') },
];

const NOBODY = { uid: 65_534, gid: 65_534, groups: [65_534] };

/** Finds out by trying: as root namespaces work, else most kernels let every user have one. */
export async function findIsolation(): Promise<Isolation> {
  for (const choice of CHOICES) {
    const trial = [...choice.prefix, ...(choice.changesUsers ? asUser(NOBODY) : []), 'true'];
    const works = await promisify(execFile)('env', trial).then(
      () => true,
      () => false,
    );
    if (works) return choice;
  }
  return WITHOUT;
}
