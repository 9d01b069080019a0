import { z } from 'zod';
import type { LastActivity } from '../../domain/last-activity';
import { InvalidRequest, toProblems } from '../errors';

const instant = z.iso.datetime({ offset: true });

/** The body that `jupyterhub-singleuser` posts to the hub. A user has one lab, so it has at most one server. */
const activityReport = z
  .object({
    last_activity: instant.nullish(),
    servers: z.record(z.string().max(255), z.object({ last_activity: instant })).nullish(),
  })
  .refine(({ servers }) => Object.keys(servers ?? {}).length <= 1, {
    path: ['servers'],
    message: 'Activity of more than one server',
  })
  .refine(({ last_activity, servers }) => last_activity || Object.keys(servers ?? {}).length > 0, {
    message: 'Neither last_activity nor servers',
  });

/** Reads the report of a lab. @throws InvalidRequest */
export function parseUsageReport(username: string, body: unknown): LastActivity {
  const parsed = activityReport.safeParse(body, { reportInput: true });
  if (!parsed.success) {
    throw new InvalidRequest(toProblems(parsed.error.issues, 'body', () => false));
  }
  const { last_activity: ofUser, servers } = parsed.data;
  const [[server, ofServer] = [null, null]] = Object.entries(servers ?? {});
  const instants = [ofUser, ofServer?.last_activity].flatMap((text) => (text ? [Date.parse(text)] : []));
  return { username, server, lastActivityMs: Math.max(...instants) };
}
