import * as z from 'zod';
import { type Diagnostic, diagnosticOf, type Finding } from '../diagnostics';
import { formerKey } from '../schema/former-formats';
import { kindOf, shown } from '../schema/scalars';
import { camelCase, isMapping, longKey } from '../schema/section';

/** What rules that span several keys pass through the schema. */
const findingParams = z.object({ finding: z.custom<Finding>((value) => isMapping(value)) });

const scalarParams = z.object({ isPrivate: z.boolean() });

const STRUCTURES: Readonly<Record<string, string>> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
};

function missing(path: readonly PropertyKey[], rule: string): Finding {
  return { path, rule: 'missing', message: 'is required', remedy: `Add the key; give ${rule}.` };
}

/** What is wrong with a value of the wrong type or form; `rule` completes "… is not" and "Give …". */
function unfit(
  path: readonly PropertyKey[],
  value: unknown,
  rule: string,
  display: (value: unknown) => string = shown,
): Finding {
  if (value === undefined) return missing(path, rule);
  if (value === null) {
    const message = 'null is not allowed here; leave the key out';
    return {
      path,
      value: 'null',
      rule: 'null',
      message,
      remedy: `Leave the key out for its default, or give ${rule}.`,
    };
  }
  const isShown = display === shown;
  return {
    path,
    ...(isShown ? { value: shown(value) } : {}),
    rule: display === kindOf ? 'kind' : 'value',
    message: `${display(value)} is not ${rule}`,
    remedy: `Give ${rule}.`,
  };
}

function unknownKey(path: readonly PropertyKey[], key: string, mapping: unknown): Finding {
  const camelKey = longKey(camelCase(key));
  const isDouble = camelKey !== key && isMapping(mapping) && Object.hasOwn(mapping, camelKey);
  return isDouble
    ? {
        path: [...path, key],
        rule: 'both-spellings',
        message: `is given as ${camelKey} too; use one spelling`,
        remedy: `Remove ${key} or ${camelKey}; both mean the same.`,
      }
    : {
        path: [...path, key],
        ...(formerKey([...path, camelKey]) ?? {
          rule: 'unknown-key',
          message: 'is not a known key',
          remedy: 'Correct its spelling or remove it; the reference lists the keys of each section.',
        }),
      };
}

function discriminator(issue: z.core.$ZodIssueInvalidUnion): Finding {
  const value = isMapping(issue.input) ? issue.input[String(issue.path.at(-1))] : undefined;
  const options = 'options' in issue && Array.isArray(issue.options) ? issue.options : [];
  const known = options.filter((option) => option !== undefined);
  return unfit(issue.path, value, `one of ${known.join(', ')}`);
}

function findingsOf(issue: z.core.$ZodIssue): Finding[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(path, key, issue.input));
  }
  if (issue.code === 'invalid_type') {
    const rule = STRUCTURES[issue.expected] ?? `of type ${issue.expected}`;
    return [unfit(path, issue.input, rule, kindOf)];
  }
  if (issue.code === 'invalid_union') {
    return [discriminator(issue)];
  }
  const params = 'params' in issue ? issue.params : null;
  const finding = findingParams.safeParse(params).data?.finding;
  if (finding) return [{ ...finding, path }];
  const isPrivate = scalarParams.safeParse(params).data?.isPrivate;
  return [unfit(path, issue.input, issue.message, isPrivate ? kindOf : shown)];
}

/** Turns what the schema found into errors; the schema must have been run with `reportInput`. */
export function problemsOf(issues: readonly z.core.$ZodIssue[]): Diagnostic[] {
  return issues.flatMap(findingsOf).map((finding) => diagnosticOf('error', finding));
}
