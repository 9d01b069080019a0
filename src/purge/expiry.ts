import type { BigIntStats } from 'node:fs';
import type { DirectoryPolicy } from './policy';

/** Which of a file's times a policy judges by. */
export type Reason = 'access' | 'creation' | 'modification';

/** Why a file is to be removed. */
export interface Expiry {
  readonly size: 'small' | 'large';
  readonly reason: Reason;
  /** Time since then. */
  readonly ageMs: number;
  /** For how long the file was to be kept. */
  readonly limitMs: number;
}

/**
 * Why a file is to be removed at `whenMs`, in milliseconds since 1970; null if it is kept. Times are compared in the
 * order access, creation, modification, and the first that has passed is the reason. A file is kept at the very
 * moment when its time is over.
 */
export function expiryOf(
  { size, atimeNs, ctimeNs, mtimeNs }: Pick<BigIntStats, 'size' | 'atimeNs' | 'ctimeNs' | 'mtimeNs'>,
  { threshold, intervals }: Pick<DirectoryPolicy, 'threshold' | 'intervals'>,
  whenMs: number,
): Expiry | null {
  const sizeClass = size >= BigInt(threshold) ? 'large' : 'small';
  const { accessIntervalMs, creationIntervalMs, modificationIntervalMs } = intervals[sizeClass];
  const criteria = [
    ['access', atimeNs, accessIntervalMs],
    ['creation', ctimeNs, creationIntervalMs],
    ['modification', mtimeNs, modificationIntervalMs],
  ] as const;
  for (const [reason, timeNs, limitMs] of criteria) {
    const ageMs = whenMs - Number(timeNs) / 1e6;
    if (limitMs !== null && ageMs > limitMs) return { size: sizeClass, reason, ageMs, limitMs };
  }
  return null;
}
