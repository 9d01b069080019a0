import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/config';

/**
 * What takes effect with a changed file, for spawns accepted from then on; everything else is read when a process
 * starts.
 */
const LIVE = ['lab', 'images', 'dropdownMenu', 'supportImage'] as const satisfies readonly (keyof Config)[];

/** Times of steps that labs take with them when they are accepted. */
const LIVE_TIMEOUTS: ReadonlySet<string> = new Set<keyof Config['timeouts']>([
  'kubernetesRequestMs',
  'kubernetesRetryMs',
  'spawnCheckMs',
  'runCheckMs',
  'deleteCheckMs',
  'watchFinalCheckMs',
  'terminatedRetentionMs',
  'labStopGracePeriodMs',
  'imagePullPatienceMs',
  'unschedulablePatienceMs',
  'reconcileGraceMs',
]);

/** The settings in which two configurations differ, as `lab.sizes`. */
export function changedSettings(before: Config, after: Config): string[] {
  const keys = Object.keys(after) as (keyof Config)[];
  return keys.flatMap((key) => differences(before[key], after[key], key));
}

function differences(before: unknown, after: unknown, key: string): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isSection(before) || !isSection(after) || key.includes('.')) return [key];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => differences(before[name], after[name], `${key}.${name}`));
}

const isSection = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a setting, as `changedSettings` names it, takes effect only when a process starts. */
export function needsRestart(setting: string): boolean {
  const [section = '', name = ''] = setting.split('.');
  return section === 'timeouts' ? !LIVE_TIMEOUTS.has(name) : !LIVE.some((live) => live === section);
}
