import { type Check, type Finding, failed, type Part, type Subject, skipped } from './check';
import { reasonOf } from './reason';

/** A check with what it has found. */
export interface Result extends Finding {
  readonly check: string;
  readonly durationMs: number;
}

export interface Selection {
  readonly part: Part;
  /** Leaves out what asks processes of the controller. */
  readonly beforeStart: boolean;
}

/** The checks of a part. */
export function selectChecks(checks: readonly Check[], { part, beforeStart }: Selection): Check[] {
  return checks.filter(
    ({ parts, asksController }) => parts.includes(part) && !(beforeStart && asksController),
  );
}

/**
 * Makes all checks at the same time, each after the one that it needs, and those that are late fail. Returns what they have
 * found, in their order.
 */
export function examine(checks: readonly Check[], subject: Subject): Promise<Result[]> {
  const results = new Map<string, Promise<Result>>();
  for (const check of checks) {
    const needed = check.needs === undefined ? undefined : results.get(check.needs);
    results.set(check.name, examineOne(check, subject, needed));
  }
  return Promise.all(results.values());
}

async function examineOne(check: Check, subject: Subject, needed?: Promise<Result>): Promise<Result> {
  const startedAt = performance.now();
  const finding = await findingOf(check, subject, needed);
  return { check: check.name, ...finding, durationMs: Math.round(performance.now() - startedAt) };
}

async function findingOf(check: Check, subject: Subject, needed?: Promise<Result>): Promise<Finding> {
  const before = await needed;
  if (before && (before.status === 'error' || before.status === 'skipped'))
    return skipped(`needs ${before.check}`);
  const late = Promise.withResolvers<Finding>();
  const timer = setTimeout(
    () => late.resolve(failed('no answer in time', check.remedy)),
    Math.max(0, subject.remainingMs()),
  );
  try {
    return await Promise.race([check.ask(subject), late.promise]);
  } catch (error) {
    return failed(reasonOf(error), check.remedy);
  } finally {
    clearTimeout(timer);
  }
}
