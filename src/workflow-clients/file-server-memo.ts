import { z } from 'zod';
import { FILE_SERVER_PHASES, FILE_SERVER_ROUTINGS, type FileServerPhase } from '../domain/file-server';
import { END_OUTCOMES } from '../domain/lab-end';
import { UNKNOWN_OUTCOME } from '../domain/published-lab';

/*
 * The one reader of the memo of file servers' workflows. Controllers of several versions run side by side during a
 * rollout, so a memo may have been written by a newer one: added fields are ignored, an unknown phase is `starting`, since
 * the file server exists and is in transition, and codes that are not known are passed on.
 */

/** Longest message that is passed on, in UTF-16 code units. */
const MAX_TEXT = 2_000;

/** Form of a code that may be used in an answer, a log line or a metric. */
const CODE = /^[A-Za-z][\w.-]{0,63}$/;

const text = z
  .string()
  .transform((whole) => (whole.length > MAX_TEXT ? `${whole.slice(0, MAX_TEXT)}…` : whole));

const optionalText = text.nullable().default(null).catch(null);

const codeOr = (otherwise: string) =>
  z.unknown().transform((value) => (typeof value === 'string' && CODE.test(value) ? value : otherwise));

const record = z.object({
  username: z.string(),
  namespace: z.string().catch(''),
  routing: z.enum(FILE_SERVER_ROUTINGS).nullable().catch(null),
  phase: z.enum(FILE_SERVER_PHASES).catch('starting'),
  operationId: z.string().nullable().catch(null),
  since: z.string(),
  startedAt: optionalText,
  failure: z
    .object({ reason: codeOr('Unknown'), message: text, detail: optionalText })
    .nullable()
    .catch(null),
  end: z
    .object({
      at: z.string(),
      outcome: z.enum([...END_OUTCOMES, UNKNOWN_OUTCOME]).catch(UNKNOWN_OUTCOME),
      by: codeOr('unknown'),
      name: optionalText,
      reason: codeOr('Unknown').nullable().catch(null),
      message: optionalText,
    })
    .nullable()
    .catch(null),
  obstacle: text.optional().catch(undefined),
  deleteTimeoutMs: z.number().positive().nullable().catch(null),
  isAdopted: z.boolean().catch(false),
});

/** A file server as read from a memo, which a workflow of this version, an older or a newer one has published. */
export type PublishedFileServer = z.output<typeof record>;

type Memo = Readonly<Record<string, unknown>> | undefined;

/** The published file server of a memo; null where there is none, or it cannot be read. */
export function decodeFileServer(memo: Memo): PublishedFileServer | null {
  return record.safeParse(memo?.['fileServer']).data ?? null;
}

/** The phase of a run. One that has ended without saying so was terminated, and has no phase of an open one any more. */
export function phaseOf(published: PublishedFileServer | null, isOpen: boolean): FileServerPhase {
  if (isOpen) return published?.phase ?? 'starting';
  return published?.phase === 'failed' ? 'failed' : 'stopped';
}
