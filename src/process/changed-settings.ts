import type { Config } from '../config/config';
import { SecretText } from '../config/secret-text';

/**
 * Settings of which a changed file takes effect at once, for spawns accepted from then on; all others are read when a
 * process starts.
 */
const LIVE = [
  'lab',
  'images',
  'dropdownMenu',
  'prune',
  'supportImage',
] as const satisfies readonly (keyof Config)[];

/** Timeouts that are part of accepted spawns. */
const LIVE_TIMEOUTS: ReadonlySet<string> = new Set<keyof Config['timeouts']>([
  'kubernetesRetryMs',
  'spawnCheckMs',
  'runCheckMs',
  'deleteCheckMs',
  'watchFinalCheckMs',
  'terminatedRetentionMs',
  'labStopGracePeriodMs',
  'imagePullPatienceMs',
  'unschedulablePatienceMs',
  'startRetryPatienceMs',
  'restartPatienceMs',
  'lostNodePatienceMs',
  'stuckNamespacePatienceMs',
  'reconcileGraceMs',
]);

/** The settings in which two configurations differ, such as `lab.sizes`. */
export function changedSettings(before: Config, after: Config): string[] {
  const keys = Object.keys(after) as (keyof Config)[];
  return keys.flatMap((key) => differences(before[key], after[key], key));
}

/** Whether two values are equal, including confidential text. */
function isSame(before: unknown, after: unknown): boolean {
  if (before instanceof SecretText && after instanceof SecretText) return before.reveal() === after.reveal();
  if (!isCompound(before) || !isCompound(after)) return before === after;
  const [own, other] = [Object.entries(before), new Map(Object.entries(after))];
  return (
    own.length === other.size && own.every(([key, value]) => other.has(key) && isSame(value, other.get(key)))
  );
}

const isCompound = (value: unknown): value is object => typeof value === 'object' && value !== null;

function differences(before: unknown, after: unknown, key: string): string[] {
  if (isSame(before, after)) return [];
  if (!isSection(before) || !isSection(after) || key.includes('.')) return [key];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => differences(before[name], after[name], `${key}.${name}`));
}

const isSection = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof SecretText);

/** Whether a setting of `changedSettings` takes effect only when a process starts. */
export function needsRestart(setting: string): boolean {
  const [section = '', name = ''] = setting.split('.');
  return section === 'timeouts' ? !LIVE_TIMEOUTS.has(name) : !LIVE.some((live) => live === section);
}
