import type * as z from 'zod';
import { complaint, kindOf } from './scalars';
import { camelCase, isMapping } from './section';

/** One thing wrong, or merely odd, in a configuration: the key's path and a sentence about its value. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

/** Thrown when a configuration cannot be used; holds every problem found and no secret value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  }
}

/** Writes a key's path as in `lab.sizes[0].resources`. */
export function pathText(path: readonly PropertyKey[]): string {
  const joined = path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
  return joined === '' ? '(file)' : joined;
}

function unknownKeyMessage(key: string, mapping: unknown): string {
  const camelKey = camelCase(key);
  return camelKey !== key && isMapping(mapping) && camelKey in mapping
    ? `is given as ${camelKey} too; use one spelling`
    : 'is not a known key';
}

const STRUCTURES: Readonly<Record<string, string>> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
};

function problemsOfIssue(issue: z.core.$ZodIssue): Problem[] {
  const path = pathText(issue.path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: pathText([...issue.path, key]),
      message: unknownKeyMessage(key, issue.input),
    }));
  }
  if (issue.code === 'invalid_type') {
    const rule = STRUCTURES[issue.expected] ?? `of type ${issue.expected}`;
    return [{ path, message: complaint(issue.input, rule, kindOf) }];
  }
  if (issue.code === 'invalid_union') {
    const value = isMapping(issue.input) ? issue.input[String(issue.path.at(-1))] : undefined;
    const options = 'options' in issue && Array.isArray(issue.options) ? issue.options : [];
    return [{ path, message: complaint(value, `one of ${options.join(', ')}`) }];
  }
  return [{ path, message: issue.message }];
}

/** Turns what the schema found into problems; the schema must have been run with `reportInput`. */
export function problemsOf(issues: readonly z.core.$ZodIssue[]): Problem[] {
  return issues.flatMap(problemsOfIssue);
}
