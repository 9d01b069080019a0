import { z } from 'zod';
import { DomainError, ERROR_STATUS, type ErrorCode, type ErrorLocation } from '../domain/errors';
import { fromTemporal } from './services/temporal-errors';

/** An element of `detail` in an error body. */
export interface Problem {
  readonly loc?: ErrorLocation;
  readonly msg: string;
  readonly type: string;
  /** The offending value; never given where it could hold a credential. */
  readonly input?: unknown;
}

/** A request that does not have the documented form: 422 with every problem found. */
export class InvalidRequest extends Error {
  override readonly name = 'InvalidRequest';

  constructor(readonly problems: readonly Problem[]) {
    super('Invalid request');
  }
}

/** The response for an error: a status and the elements of `detail`. */
export interface ErrorAnswer {
  readonly status: number;
  readonly code: ErrorCode | 'invalid_request';
  readonly problems: readonly Problem[];
}

/** Maps an error of a route to a response; unknown errors become `internal_error` without detail. */
export function toAnswer(thrown: unknown): ErrorAnswer {
  const error = fromTemporal(thrown);
  if (error instanceof InvalidRequest) {
    return { status: 422, code: 'invalid_request', problems: told(error.problems) };
  }
  if (error instanceof DomainError) {
    const { code, location, message } = error;
    const loc = location === undefined ? {} : { loc: location };
    return { status: ERROR_STATUS[code], code, problems: [{ ...loc, msg: message, type: code }] };
  }
  const problem = { msg: 'Internal server error', type: 'internal_error' };
  return { status: 500, code: 'internal_error', problems: [problem] };
}

/** Maximum number of elements in a response. */
const MAX_PROBLEMS = 100;

/** Limits the number of problems; the last one then has the number of the others. */
function told(problems: readonly Problem[]): readonly Problem[] {
  if (problems.length <= MAX_PROBLEMS) return problems;
  const shown = problems.slice(0, MAX_PROBLEMS - 1);
  const msg = `${problems.length - shown.length} more problems are not shown`;
  return [...shown, { msg, type: 'more_problems' }];
}

/** Adds the location in the request to an error about an unknown user; returns every other one unchanged. */
export function locateUnknownUser(error: unknown, location: ErrorLocation): unknown {
  return error instanceof DomainError && error.code === 'unknown_user' && error.location === undefined
    ? new DomainError(error.code, error.message, location, { cause: error.cause })
    : error;
}

/**
 * Converts the issues of a schema about a part of a request, with the types that existing clients know. Expects issues
 * parsed with `reportInput`; `mayEcho` selects the locations whose values may be repeated.
 */
export function toProblems(
  issues: readonly z.core.$ZodIssue[],
  part: 'body' | 'query',
  mayEcho: (path: readonly PropertyKey[]) => boolean,
): Problem[] {
  return issues.flatMap(plainestAlternative).map((issue) => {
    const type = problemType(issue);
    const input = type === 'missing' ? null : issue.input;
    return {
      loc: [part, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))],
      msg: type === 'missing' ? 'Field required' : issue.message,
      type,
      ...(mayEcho(issue.path) && isBrief(input) ? { input } : {}),
    };
  });
}

const ECHOED_DEPTH = 4;
const ECHOED_LENGTH = 1_000;

/** Whether a value is short and flat enough to be repeated. */
function isBrief(value: unknown): boolean {
  return isShallow(value, ECHOED_DEPTH) && (JSON.stringify(value)?.length ?? 0) <= ECHOED_LENGTH;
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((inner) => isShallow(inner, depth - 1));
}

/** Replaces a union's issue by those of its first, simplest alternative. */
function plainestAlternative(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  const alternative = issue.code === 'invalid_union' ? issue.errors[0] : undefined;
  return alternative?.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })) ?? [issue];
}

const EXPECTED_TYPES: Readonly<Record<string, string>> = {
  string: 'string_type',
  boolean: 'bool_type',
  number: 'float_type',
  int: 'int_type',
  array: 'list_type',
  object: 'model_attributes_type',
  record: 'dict_type',
};

function problemType(issue: z.core.$ZodIssue): string {
  const isChoice = issue.code === 'invalid_value';
  if (!isChoice && issue.code !== 'invalid_type') {
    return 'value_error';
  }
  if (issue.input === undefined) {
    return 'missing';
  }
  if (isChoice) {
    return issue.values.length === 1 ? 'literal_error' : 'enum';
  }
  return EXPECTED_TYPES[issue.expected] ?? 'value_error';
}

/** The body of every error but those for unknown paths and methods. */
export const errorBody = z
  .object({
    detail: z.array(
      z.object({
        loc: z
          .array(z.union([z.string(), z.int()]))
          .optional()
          .describe('Where in the request: `body`, `header`, `path` or `query`, then the path inside it.'),
        msg: z.string(),
        type: z.string().describe('Stable code of the error.'),
        input: z.unknown().optional().describe('The offending value, unless it could be a secret.'),
      }),
    ),
  })
  .meta({ id: 'ErrorBody' });

/** Entries of the OpenAPI document for the given statuses. */
export function errorResponses<Status extends number>(
  descriptions: Readonly<Record<Status, string>>,
): Record<Status, { description: string; content: { 'application/json': { schema: typeof errorBody } } }> {
  const entries = Object.entries<string>(descriptions).map(([status, description]) => [
    status,
    { description, content: { 'application/json': { schema: errorBody } } },
  ]);
  return Object.fromEntries(entries);
}
