import { z } from 'zod';
import { type Problem, toProblems } from '../errors';

/** The body with which the pod is started. */
export const fsadminCommand = z
  .strictObject({ start: z.literal(true).describe('The only command.') })
  .meta({ id: 'FsadminCommand' });

/** A pod for file system administration that runs. */
export const fsadminState = z
  .object({ start_time: z.string().describe("RFC 3339 in UTC: the pod's `status.startTime`.") })
  .meta({ id: 'FsadminState' });

/** Every problem of a JSON body that is no command; none for one that is. */
export function fsadminProblems(json: unknown): readonly Problem[] {
  if (json === undefined || json === null) {
    return [{ loc: ['body'], msg: 'Field required', type: 'missing', input: null }];
  }
  const parsed = fsadminCommand.safeParse(json, { reportInput: true });
  return parsed.success ? [] : toProblems(parsed.error.issues, 'body', ([first]) => first === 'start');
}
