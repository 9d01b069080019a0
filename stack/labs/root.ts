import { existsSync, lstatSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Mount } from './mounts';

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const isBelow = (path: string, directory: string): boolean =>
  path.startsWith(directory === '/' ? directory : `${directory}/`);

/** Resolves symbolic links of a path as far as it exists. */
function resolved(path: string): string {
  if (path === '/' || existsSync(path)) return path === '/' ? path : realpathSync(path);
  return join(resolved(dirname(path)), basename(path));
}

/** Whether a folder, or one of its parents, can be entered by its owner only. */
function isClosed(path: string): boolean {
  return (statSync(path).mode & 0o001) === 0 || (path !== '/' && isClosed(dirname(path)));
}

function bind(source: string, target: string, isReadOnly = false): string[] {
  const makePlace = statSync(source).isDirectory()
    ? `mkdir -p ${quoted(target)}`
    : `mkdir -p ${quoted(dirname(target))}; [ -e ${quoted(target)} ] || : > ${quoted(target)}`;
  return [
    makePlace,
    `mount --rbind ${quoted(source)} ${quoted(target)}`,
    // Some kernels refuse this for mounts of another user namespace. Labs can then write to the volume.
    ...(isReadOnly ? [`mount -o remount,bind,ro ${quoted(target)} 2>/dev/null || :`] : []),
  ];
}

/** Parts of a root file system that are writable even if it is read-only. */
const KERNEL = ['/dev', '/proc', '/sys'];

interface Shown {
  readonly root: string;
  /** Mount points that this machine lacks. */
  readonly missing: readonly string[];
  readonly isReadOnly: boolean;
}

/** Mounts a folder of this machine in the new root; entry by entry where it lacks mount points. */
function show(path: string, shown: Shown): string[] {
  const { root, missing, isReadOnly } = shown;
  const target = join(root, path);
  if (lstatSync(path).isSymbolicLink()) return [`ln -s ${quoted(readlinkSync(path))} ${quoted(target)}`];
  if (!missing.some((place) => isBelow(place, path))) {
    return bind(path, target, isReadOnly && !KERNEL.some((one) => path === one || isBelow(path, one)));
  }
  return [
    `mkdir -p ${quoted(target)}`,
    ...readdirSync(path).flatMap((name) => show(join(path, name), shown)),
  ];
}

export interface RootPlan {
  readonly mounts: readonly Mount[];
  readonly root: string;
  /** Folders that stay visible under a mount, and that all users can enter. */
  readonly kept: readonly string[];
  /** Whether nothing can be written outside of the volumes. */
  readonly isReadOnly: boolean;
}

/**
 * A shell script for a new mount namespace that makes `root` a copy of this machine's file system with a container's
 * mounts. Nothing outside of that folder and the volumes changes.
 */
export function rootScript({ mounts, root, kept, isReadOnly }: RootPlan): string {
  const placed = mounts.map((mount) => ({ ...mount, target: resolved(mount.target) }));
  const hidden = kept.filter((path) => placed.some(({ target }) => isBelow(path, target)));
  const all = [...placed, ...hidden.map((path) => ({ source: path, target: path, isReadOnly: false }))];
  const isHeld = (path: string) => placed.some(({ target }) => isBelow(path, target));
  const missing = [
    ...all.map(({ target }) => target).filter((path) => !existsSync(path) && !isHeld(path)),
    // The parents are created again.
    ...kept.map(resolved).filter((path) => isClosed(dirname(path)) && !isHeld(path)),
  ];
  // The root is always created, so that it can hold mount points that this machine lacks.
  return [
    'set -e',
    ...show('/', { root, missing: [...missing, '/.'], isReadOnly }),
    ...all.flatMap(({ source, target, ...mount }) => bind(source, join(root, target), mount.isReadOnly)),
  ].join('\n');
}

/** The same for machines without namespaces: symbolic links in a folder, whose paths commands must use. */
export function linkScript(mounts: readonly Mount[], root: string): string {
  return [
    'set -e',
    ...mounts.flatMap(({ source, target }) => [
      `mkdir -p ${quoted(dirname(join(root, target)))}`,
      `[ -e ${quoted(join(root, target))} ] || ln -s ${quoted(source)} ${quoted(join(root, target))}`,
    ]),
  ].join('\n');
}

/** Prefixes all paths in a text that are at or below a mount with `root`. */
export function relocated(text: string, mounts: readonly Mount[], root: string): string {
  const targets = mounts.map(({ target }) => target.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  if (targets.length === 0) return text;
  const path = new RegExp(`(?<![\\w./-])(?=(${targets.join('|')})(?![\\w.-]))`, 'g');
  return text.replaceAll(path, () => root);
}
