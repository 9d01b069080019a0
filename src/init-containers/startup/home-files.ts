import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { entryKind, readTextAt, replaceFile, rewriteFile, statusOf } from '../files';
import type { Report, Variables } from '../variables';

/** Copies a file unless the target exists. Does nothing without a source. */
export function copyIfAbsent(source: string, target: string, report: Report): void {
  const found = statusOf(source);
  if (!found?.isFile() || entryKind(target) !== 'nothing') return;
  replaceFile(target, readFileSync(source), 0o644 | (found.mode & 0o111));
  report(`${target} was copied from ${source}`);
}

/** Copies the entries of a directory such as `/etc/skel` that the home directory lacks. */
export function copySkeleton(skeleton: string, home: string, report: Report): void {
  if (!statusOf(skeleton)?.isDirectory()) return;
  for (const name of readdirSync(skeleton)) {
    const source = join(skeleton, name);
    const target = join(home, name);
    if (!statusOf(source)?.isDirectory()) {
      copyIfAbsent(source, target, report);
      continue;
    }
    if (entryKind(target) === 'nothing') mkdirSync(target);
    if (statusOf(target)?.isDirectory()) copySkeleton(source, target, report);
  }
}

const LFS_SECTION = `[filter "lfs"]
\tclean = git-lfs clean -- %f
\tsmudge = git-lfs smudge -- %f
\tprocess = git-lfs filter-process
\trequired = true
`;

/** Sets up Git LFS in the user's Git configuration, as `git lfs install` does, unless it is set up already. */
export function setUpGitLfs(home: string, report: Report): void {
  const usual = join(home, '.gitconfig');
  const other = join(home, '.config/git/config');
  const path = entryKind(usual) === 'nothing' && entryKind(other) !== 'nothing' ? other : usual;
  const text = readTextAt(path) ?? '';
  const hasLfs = /^[ \t]*\[filter "lfs"\]/m;
  if (hasLfs.test(text) || hasLfs.test(readTextAt(other) ?? '')) return;
  const kind = entryKind(path);
  if (kind !== 'file' && kind !== 'nothing') {
    report(`warning: Git LFS was not set up: ${path} is a ${kind}, which is left alone`);
    return;
  }
  const separator = text === '' || text.endsWith('\n') ? '' : '\n';
  rewriteFile(path, text + separator + LFS_SECTION);
  report(`Git LFS was set up in ${path}`);
}

/** SHA-256 of profiles that earlier versions installed; files with another hash are a user's. */
const REPLACEABLE = ['2997fe99eb12846a1b724f0b82b9e5e6acbd1d4c29ceb9c9ae8f1ef5503892ec'];

/** Installs the image's logging profile of IPython, unless the user has one of their own. */
export function installLoggingProfile(home: string, variables: Variables, report: Report): void {
  const target = join(home, '.ipython/profile_default/startup/20-logging.py');
  const kind = entryKind(target);
  const isReplaceable =
    kind === 'file' && REPLACEABLE.includes(createHash('sha256').update(readFileSync(target)).digest('hex'));
  if (kind !== 'nothing' && !isReplaceable) return;
  const directory = variables.JUPYTERLAB_CONFIG_DIR || '/opt/lsst/software/jupyterlab';
  const profile = ['etc/20-logging.py', '20-logging.py']
    .map((name) => readTextAt(join(directory, name)))
    .find((text) => text !== null);
  if (profile === undefined || profile === null) return;
  replaceFile(target, profile);
  report(`${target} was installed`);
}

/** Paths to move, and their new names. */
const PARTS = [
  ...['cache', 'conda', 'config', 'eups', 'local', 'jupyter'].map((name) => [`.${name}`, name] as const),
  ['notebooks/.user_setups', 'notebooks/user_setups'] as const,
];

/** Time in UTC to the second, e.g. `20260115093000`. */
function timeStamp(now: Date): string {
  return now.toISOString().replace(/\D/g, '').slice(0, 14);
}

/**
 * Moves the user's environment to `.user_env.<time>` in the home directory. The name is stored in `memory`, a file on a
 * volume of the pod, so that a restarted container completes the same move and does not move the new environment.
 */
export function moveUserEnvironment(home: string, memory: string, now: Date, report: Report): void {
  const isInterrupted = existsSync(memory);
  const name = isInterrupted ? readFileSync(memory, 'utf8').trim() : `.user_env.${timeStamp(now)}`;
  if (!isInterrupted) replaceFile(memory, `${name}\n`);
  for (const [part, newName] of PARTS) {
    const from = join(home, part);
    const to = join(home, name, newName);
    const isFile = part === 'notebooks/.user_setups';
    const kind = entryKind(from);
    const isWanted = kind === 'link' || kind === (isFile ? 'file' : 'directory');
    if (!isWanted || entryKind(to) !== 'nothing') continue;
    mkdirSync(dirname(to), { recursive: true });
    renameSync(from, to);
    report(`${from} was moved to ${to}`);
  }
}
