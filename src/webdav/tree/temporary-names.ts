import { randomBytes } from 'node:crypto';
import type { ResourcePath } from '../request/url-paths';

const TEMPORARY = /^\.nublado-[0-9a-f]{16}\.part$/;
const IN_PATH = /(?:^|\/)\.nublado-[0-9a-f]{16}\.part(?:\/|$)/;

/** How old what a broken operation left must be to be removed. */
export const LEFTOVER_AGE_MS = 24 * 3_600_000;

/** A name for what is not complete yet. */
export function temporaryName(): string {
  return temporaryNameOf(randomBytes(8).toString('hex'));
}

/** The temporary name with 16 given hexadecimal digits. */
export function temporaryNameOf(digits: string): string {
  return `.nublado-${digits}.part`;
}

/** Whether an entry is one of ours, which no listing shows. */
export function isTemporaryName(name: string): boolean {
  return name.startsWith('.nublado-') && TEMPORARY.test(name);
}

/** Whether a path leads to or through such an entry. */
export function isTemporary(path: ResourcePath): boolean {
  return path.includes('/.nublado-') && IN_PATH.test(path);
}
