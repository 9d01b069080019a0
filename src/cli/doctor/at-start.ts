import type { Environment } from '../../config/environment';
import type { ProcessContext } from '../../process/context';
import type { Service } from '../../process/run';
import type { Part } from './check';
import { CHECKS } from './checks';
import { examine, selectChecks } from './examine';
import { openSubject } from './subject';

/** Time for all checks: longer than for people who wait, since much starts at the same time. */
const LIMIT_MS = 10_000;

/** The checks whose failures services do not log, with what to do. */
const AT_START = CHECKS.filter(({ isLoggedByServices }) => !isLoggedByServices);

/**
 * Looks once, while a part starts, for what it depends on, and logs what is wrong with what to do. The process goes on, since
 * all of it may still be put right. Closing waits for the last words, so that a process that cannot go on has said why.
 */
export function checkAtStart(
  part: Part,
  { config, logger }: Pick<ProcessContext, 'config' | 'logger'>,
  environment: Environment,
): Service {
  const open = openSubject({ part, config, environment, apiUrl: null }, LIMIT_MS);
  const look = async () => {
    try {
      const results = await examine(selectChecks(AT_START, { part, beforeStart: true }), open.subject);
      for (const { check, status, message, remedy } of results) {
        if (status === 'error') logger.error({ check, remedy }, `${check}: ${message}`);
        if (status === 'warning') logger.warn({ check, remedy }, `${check}: ${message}`);
      }
    } catch (error) {
      logger.warn({ err: error }, 'what this process depends on could not be checked');
    } finally {
      await open.close();
    }
  };
  const looked = look();
  return {
    name: 'checks at start',
    checks: {},
    metrics: [],
    close: () => looked,
    failed: new Promise(() => {}),
  };
}
