import type { Outcome } from '../report';
import { isKeyed } from '../values/placed';

/** A value of our chart that follows from a key. */
export interface Setting {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** What becomes of one key. */
export interface Fate {
  readonly outcome: Outcome;
  readonly to?: string;
  readonly advice?: string;
  readonly sets?: readonly Setting[];
}

/** Reads the merged values at a path such as `purger.enabled`; undefined where there is nothing. */
export type Site = (path: string) => unknown;

/** Decides on the value of a key. `name` is the last key of its path. */
export type Rule = (value: unknown, site: Site, name: string) => Fate;

/** What values of our chart may be; a word that completes "is not …". */
const KINDS = {
  'a mapping': isKeyed,
  'a mapping to texts': (value: unknown) =>
    isKeyed(value) && Object.values(value).every((content) => typeof content === 'string'),
  'a list': Array.isArray,
  'a text': (value: unknown) => typeof value === 'string',
  'a text or a whole number': (value: unknown) => typeof value === 'string' || Number.isSafeInteger(value),
  'a whole number': Number.isSafeInteger,
  'true or false': (value: unknown) => typeof value === 'boolean',
  'Always, IfNotPresent or Never': (value: unknown) =>
    ['Always', 'IfNotPresent', 'Never'].includes(value as string),
} as const satisfies Record<string, (value: unknown) => boolean>;

export type Kind = keyof typeof KINDS;

/** Whether a value asks for nothing: false, an empty text, list or mapping, or a mapping that has `enabled: false`. */
export function isOff(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isKeyed(value)) return Object.keys(value).length === 0 || value['enabled'] === false;
  return value === undefined || value === null || value === false || value === '';
}

/** A setting of our chart by its path with dots. */
export const setting = (path: string, value: unknown): Setting => ({ path: path.split('.'), value });

/** The key has another name here. An empty value is the default there. */
export function moved(to: string, kind: Kind, advice?: string): Rule {
  return (value) => {
    const isFit = KINDS[kind](value);
    if (!isFit && !isOff(value)) return unfit(to, kind);
    return {
      outcome: 'renamed',
      to,
      ...(advice === undefined ? {} : { advice }),
      sets: isFit && (!isOff(value) || value === false) ? [setting(to, value)] : [],
    };
  };
}

/** A value that our chart would refuse. */
export const unfit = (to: string, kind: Kind): Fate => ({
  outcome: 'decide',
  to,
  advice: `is not ${kind}, as \`${to}\` has to be: write it there in another form`,
});

/** The key has no use here. */
export const left =
  (advice: string): Rule =>
  () => ({ outcome: 'ignored', advice });

/** The key goes to JupyterHub's own chart, as it is. */
export const forHub =
  (advice?: string): Rule =>
  () => ({ outcome: 'hub', ...(advice === undefined ? {} : { advice }) });

/** The key is not supported; where it asks for nothing, there is nothing to do. */
export const asked =
  (advice: string): Rule =>
  (value) =>
    isOff(value) ? { outcome: 'ignored', advice: 'asks for nothing' } : { outcome: 'decide', advice };
