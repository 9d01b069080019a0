import { existsSync, lstatSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Mount } from './mounts';

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const isBelow = (path: string, directory: string): boolean =>
  path.startsWith(directory === '/' ? directory : `${directory}/`);

/** Where a path leads when links of this machine on the way are followed as far as it exists. */
function resolved(path: string): string {
  if (path === '/' || existsSync(path)) return path === '/' ? path : realpathSync(path);
  return join(resolved(dirname(path)), basename(path));
}

/** Whether a folder, or one on the way to it, can be entered by its owner only. */
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
    // Refused by some kernels for what another user namespace has mounted; a lab that may write there does no harm.
    ...(isReadOnly ? [`mount -o remount,bind,ro ${quoted(target)} 2>/dev/null || :`] : []),
  ];
}

/** Shows a folder of this machine in the new root; entry by entry where places for mounts are missing in it. */
function show(path: string, root: string, missing: readonly string[]): string[] {
  const target = join(root, path);
  if (lstatSync(path).isSymbolicLink()) return [`ln -s ${quoted(readlinkSync(path))} ${quoted(target)}`];
  if (!missing.some((place) => isBelow(place, path))) return bind(path, target);
  return [
    `mkdir -p ${quoted(target)}`,
    ...readdirSync(path).flatMap((name) => show(join(path, name), root, missing)),
  ];
}

/**
 * A shell script that makes `root` look like this machine with a container's mounts in their places, for a mount
 * namespace of its own. Nothing outside that folder and the volumes changes. Folders in `kept` stay visible even where
 * a mount would hide them, and everybody can get to them.
 */
export function rootScript(mounts: readonly Mount[], root: string, kept: readonly string[]): string {
  const placed = mounts.map((mount) => ({ ...mount, target: resolved(mount.target) }));
  const hidden = kept.filter((path) => placed.some(({ target }) => isBelow(path, target)));
  const all = [...placed, ...hidden.map((path) => ({ source: path, target: path, isReadOnly: false }))];
  const isHeld = (path: string) => placed.some(({ target }) => isBelow(path, target));
  const missing = [
    ...all.map(({ target }) => target).filter((path) => !existsSync(path) && !isHeld(path)),
    // The folders on the way are made anew.
    ...kept.map(resolved).filter((path) => isClosed(dirname(path)) && !isHeld(path)),
  ];
  // The root itself is always made anew, so that it can hold what this machine's does not.
  return [
    'set -e',
    ...show('/', root, [...missing, '/.']),
    ...all.flatMap(({ source, target, isReadOnly }) => bind(source, join(root, target), isReadOnly)),
  ].join('\n');
}

/** The same for machines that allow no namespaces: links in a folder, which paths have to name. */
export function linkScript(mounts: readonly Mount[], root: string): string {
  return [
    'set -e',
    ...mounts.flatMap(({ source, target }) => [
      `mkdir -p ${quoted(dirname(join(root, target)))}`,
      `[ -e ${quoted(join(root, target))} ] || ln -s ${quoted(source)} ${quoted(join(root, target))}`,
    ]),
  ].join('\n');
}

/** Puts `root` before every path in a text that lies at or below a mount. */
export function relocated(text: string, mounts: readonly Mount[], root: string): string {
  const targets = mounts.map(({ target }) => target.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  if (targets.length === 0) return text;
  const path = new RegExp(`(?<![\\w./-])(?=(${targets.join('|')})(?![\\w.-]))`, 'g');
  return text.replaceAll(path, () => root);
}
