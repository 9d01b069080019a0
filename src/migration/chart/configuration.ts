import { checkDocument } from '../../config/config';
import { ConfigError, type Diagnostic, pathText } from '../../config/diagnostics';
import type { Environment } from '../../config/environment';
import { camelCase } from '../../config/schema/section';
import type { ReportLine } from '../report';
import { isKeyed, type Location, type Placed, partAt } from '../values/placed';
import { secretKeys } from './confidential';

/** Where the original's chart has the controller's configuration. */
const PREFIX = ['controller', 'config'];

/** Keys that have another name now, in both spellings; paths below the configuration. */
const RENAMED: readonly (readonly [former: string, current: string])[] = [
  ['profile', 'logProfile'],
  ['lab.tmpSource', 'lab.emptyDirSource'],
  ['lab.tmp_source', 'lab.emptyDirSource'],
  ['images.source.credentialsPath', 'images.dockerCredentialsPath'],
  ['images.source.credentials_path', 'images.dockerCredentialsPath'],
];

/** A configuration on its way: what is not for it is taken out. */
type Draft = Record<string, unknown>;

/** The mapping that holds the last key of a path; null if there is none. */
function holderOf(draft: Draft, path: readonly string[]): Draft | null {
  let holder: Draft = draft;
  for (const key of path.slice(0, -1)) {
    const inner = Object.hasOwn(holder, key) ? holder[key] : undefined;
    if (!isKeyed(inner)) return null;
    holder = inner;
  }
  return holder;
}

/** Takes out the value at a path; undefined if there is none. */
function take(draft: Draft, path: readonly string[]): unknown {
  const [holder, key = ''] = [holderOf(draft, path), path.at(-1)];
  if (holder === null || !Object.hasOwn(holder, key)) return undefined;
  const value = holder[key];
  delete holder[key];
  return value;
}

/** A copy whose mappings can be changed. */
function copied(value: unknown): unknown {
  if (!isKeyed(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, content]) => [key, copied(content)]));
}

/** What a configuration of the original becomes, with a line for each of its keys and for whatever its check finds. */
export interface MigratedConfiguration {
  readonly lines: readonly ReportLine[];
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * Checks a configuration of the original with our own schema. Lines are for the keys of its sections; what the check finds
 * has a line of its own, at the place that it is about. Nothing that seems secret is in the result, and no line quotes it.
 */
export function migratedConfiguration(placed: Placed, repertoireUrl: string | null): MigratedConfiguration {
  const draft = copied(placed.value) as Draft;
  const lines: ReportLine[] = [];
  const said = new Set<string>();
  const say = (path: readonly string[], line: Pick<ReportLine, 'outcome' | 'to' | 'advice'>) => {
    const full = pathText([...PREFIX, ...path]);
    said.add(camelCase(full));
    lines.push({ path: full, at: nearest(placed, path), ...line });
  };

  for (const { path, advice } of secretKeys(draft)) {
    take(draft, path);
    say(path, { outcome: 'decide', to: null, advice });
  }
  for (const [former, current] of RENAMED) {
    const path = former.split('.');
    const target = current.split('.');
    const holder = holderOf(draft, target);
    const isFree = holder !== null && !Object.hasOwn(holder, target.at(-1) ?? '');
    const value = isFree ? take(draft, path) : undefined;
    if (holder === null || value === undefined) continue;
    holder[target.at(-1) ?? ''] = value;
    say(path, { outcome: 'renamed', to: `config.${current}`, advice: null });
  }
  if (take(draft, ['metrics']) !== undefined) {
    say(['metrics'], {
      outcome: 'ignored',
      to: null,
      advice: 'no metrics events are published; metrics are for Prometheus (docs/operations.md)',
    });
  }

  const locate = locatorIn(placed);
  const found = findings(draft, repertoireUrl).map((diagnostic) => lineOf(diagnostic, locate));
  for (const { path, outcome } of found) if (outcome !== 'note') said.add(camelCase(path ?? ''));
  const isSaid = (path: readonly string[]): boolean => said.has(camelCase(pathText([...PREFIX, ...path])));
  const kept = keysOf(placed)
    .filter((path) => !isSaid(path) && !isSaid(path.slice(0, 1)))
    .map((path) => ({
      path: pathText([...PREFIX, ...path]),
      at: nearest(placed, path),
      outcome: 'kept' as const,
      to: pathText(['config', ...path]),
      advice: null,
    }));
  return { lines: [...kept, ...lines, ...found], config: draft };
}

/** The keys of a configuration that have a line each: those of its sections. */
function keysOf({ parts }: Placed): string[][] {
  return [...parts].flatMap(([key, part]) =>
    part.parts.size > 0 && isKeyed(part.value)
      ? [...part.parts.keys()].map((inner) => [key, inner])
      : [[key]],
  );
}

/** The chart gives these variables; a missing one is no matter of the configuration. */
function findings(config: Draft, repertoireUrl: string | null): readonly Diagnostic[] {
  const environment: Environment = {
    REPERTOIRE_BASE_URL: repertoireUrl ?? 'https://discovery.invalid/repertoire',
    NUBLADO_CONTROLLER_REPOSITORY: 'controller.invalid/nublado',
    NUBLADO_CONTROLLER_TAG: 'any',
  };
  try {
    return checkDocument(config, environment).warnings;
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** A finding at the place that it is about, or at the nearest one around it that is in a file. */
function lineOf({ severity, path, rule, message, remedy }: Diagnostic, locate: Locate): ReportLine {
  const outcome = severity === 'error' ? 'decide' : rule === 'ignored-key' ? 'ignored' : 'note';
  return {
    path: path === '(file)' ? PREFIX.join('.') : `${PREFIX.join('.')}.${path}`,
    at: locate(path),
    outcome,
    to: null,
    advice: `${message}. ${remedy}`,
  };
}

/** Where the value at a path in text stands, or else the nearest one around it. */
type Locate = (path: string) => Location;

/** Finds places by paths as findings have them, in which keys are in camelCase however they are written. */
function locatorIn(placed: Placed): Locate {
  const places = new Map<string, Location>();
  const visit = (path: readonly PropertyKey[], { value, parts }: Placed): void => {
    for (const [key, part] of parts) {
      const inner = [...path, Array.isArray(value) ? Number(key) : key];
      places.set(camelCase(pathText(inner)), part.at);
      visit(inner, part);
    }
  };
  visit([], placed);
  return (path) => {
    let text = camelCase(path);
    while (text !== '') {
      const found = places.get(text);
      if (found !== undefined) return found;
      text = text.slice(0, Math.max(0, text.lastIndexOf('.'), text.lastIndexOf('[')));
    }
    return placed.at;
  };
}

/** Where the value at a path stands, or else the nearest one around it. */
function nearest(placed: Placed, path: readonly string[]): Location {
  for (let length = path.length; length > 0; length -= 1) {
    const part = partAt(placed, path.slice(0, length));
    if (part !== undefined) return part.at;
  }
  return placed.at;
}
