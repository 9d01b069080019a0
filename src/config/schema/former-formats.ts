import * as z from 'zod';
import type { Finding } from '../diagnostics';
import { readMemory } from './quantities';
import { isMapping } from './section';

/** A key of an earlier version of Nublado, and where its setting is now. */
interface FormerKey {
  /** The version that renamed it. */
  readonly since: string;
  readonly current: string;
}

/** Former keys by their path in camelCase, without the indices of lists. */
const FORMER_KEYS: Readonly<Record<string, FormerKey>> = {
  profile: { since: '8.17', current: 'logProfile' },
  'lab.tmpSource': { since: '11.0', current: 'lab.emptyDirSource' },
  'lab.sizes.cpu': { since: '8.14', current: 'resources.limits.cpu of the size' },
  'lab.sizes.memory': { since: '8.14', current: 'resources.limits.memory of the size' },
  'images.source.credentialsPath': { since: '13.0', current: 'images.dockerCredentialsPath' },
};

/** What is to be said of an unknown key that an earlier version had; null for others. `path` is in camelCase. */
export function formerKey(path: readonly PropertyKey[]): Omit<Finding, 'path'> | null {
  const name = path.filter((key) => typeof key !== 'number').join('.');
  const former = Object.hasOwn(FORMER_KEYS, name) ? FORMER_KEYS[name] : undefined;
  if (former === undefined) return null;
  return {
    rule: 'former-format',
    message: `is a key of before Nublado ${former.since}; it is now ${former.current}`,
    remedy: `Write ${former.current} instead.`,
  };
}

const MEBIBYTE = 2 ** 20;

/** A quarter of an amount of CPU, as the earlier version reserved it. */
const quarterOfCpu = (limit: unknown): string => {
  const cores = typeof limit === 'string' && limit.trim() === '' ? Number.NaN : Number(limit);
  return Number.isFinite(cores) && cores > 0 ? String(Math.round(cores * 250) / 1000) : '…';
};

const quarterOfMemory = (limit: unknown): string => {
  const bytes = readMemory(limit);
  return bytes !== undefined && bytes >= 4 * MEBIBYTE ? `${Math.floor(bytes / 4 / MEBIBYTE)}Mi` : '…';
};

/** An amount as it was written, where it is short enough to be repeated. */
const written = (amount: unknown): string =>
  (typeof amount === 'string' || typeof amount === 'number') && String(amount).length <= 20
    ? String(amount)
    : '…';

/** What is to be said of a size in the format before Nublado 8.14; null for others. */
function formerSize(value: unknown): Finding | null {
  if (!isMapping(value) || 'resources' in value || !('cpu' in value || 'memory' in value)) return null;
  const limits = `limits: {cpu: ${written(value.cpu)}, memory: ${written(value.memory)}}`;
  const requests = `requests: {cpu: ${quarterOfCpu(value.cpu)}, memory: ${quarterOfMemory(value.memory)}}`;
  return {
    path: [],
    rule: 'former-format',
    message:
      'cpu and memory at the top of a size are the format of before Nublado 8.14, in which they were limits',
    remedy: `Write resources: {${limits}, ${requests}}; a quarter of the limits was reserved then.`,
  };
}

/** A size of labs: one in the format of before Nublado 8.14 is told so, and nothing else is said of it. */
export function sizeInCurrentFormat<Size extends z.ZodType>(size: Size) {
  return z.preprocess((value, context) => {
    const finding = formerSize(value);
    if (finding === null) return value;
    const { message } = finding;
    context.issues.push({ code: 'custom', message, input: value, params: { finding } });
    return z.NEVER;
  }, size);
}
