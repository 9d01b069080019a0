import { z } from 'zod';
import { DomainError } from '../../domain/errors';
import { LAB_STATUSES, type LabStatus } from '../../domain/lab';
import type { ProvenAddress } from '../../domain/lab-address';
import { END_OUTCOMES } from '../../domain/lab-end';
import { LAB_SIZES } from '../../domain/lab-plan';
import {
  type ListedLab,
  type PublishedEnd,
  type PublishedLab,
  type PublishedPastLab,
  UNKNOWN_OUTCOME,
} from '../../domain/published-lab';

/*
 * The one reader of the memo of labs' workflows (`LabMemo`). Controllers of several versions run side by side during a
 * rollout, so a memo may have been written by a newer one. Added fields are ignored; of changed ones,
 *
 * - an unknown status means that the lab exists and is in transition: `pending`, never gone;
 * - an unknown size is `custom`, as of adopted labs, and an unknown outcome of an end `unknown`;
 * - an unknown kind of operation is followed like a spawn, which ends with the status;
 * - unknown reasons, and who ended a lab, are passed on, if they are codes at all;
 * - optional fields of another form are left out.
 */

/** Longest message that is passed on, in UTF-16 code units. */
const MAX_TEXT = 2_000;

/** Form of a code that may be used in an answer, a log line or a metric. */
const CODE = /^[A-Za-z][\w.-]{0,63}$/;

const text = z
  .string()
  .transform((whole) => (whole.length > MAX_TEXT ? `${whole.slice(0, MAX_TEXT)}…` : whole));

const codeOr = (otherwise: string) =>
  z.unknown().transform((value) => (typeof value === 'string' && CODE.test(value) ? value : otherwise));

const reason = codeOr('Unknown');

const amount = z.object({ cpu: z.number(), memory: z.number() });

const size = z.enum(LAB_SIZES).catch('custom');

const end = z.object({
  at: z.string(),
  outcome: z.enum([...END_OUTCOMES, UNKNOWN_OUTCOME]).catch(UNKNOWN_OUTCOME),
  by: codeOr('unknown'),
  name: text.nullable().catch(null),
  reason: reason.nullable(),
  message: text.nullable().catch(null),
}) satisfies z.ZodType<PublishedEnd>;

const pastLab = z.object({
  startedAt: z.string().nullable().catch(null),
  image: z.string(),
  size,
  end,
}) satisfies z.ZodType<PublishedPastLab>;

const address = z.object({
  podUid: z.string(),
  spawnId: z.string().nullable(),
  podIp: z.string(),
  proof: z.record(z.string(), z.string()),
}) satisfies z.ZodType<ProvenAddress>;

const status = z.string().nullable();

const operation = z.object({
  id: z.string(),
  kind: z.enum(['spawn', 'delete']).catch('spawn'),
  isAdopted: z.boolean().optional().catch(undefined),
});

const lab = z.object({
  user: z.object({
    username: z.string(),
    name: z.string().nullable(),
    uid: z.number(),
    gid: z.number(),
    groups: z.array(z.object({ name: z.string(), id: z.number() })),
  }),
  options: z.object({ image: z.string(), size, enableDebug: z.boolean(), resetUserEnv: z.boolean() }),
  namespace: z.string(),
  status,
  internalUrl: z.string().nullable(),
  address: address.optional().catch(undefined),
  resources: z.object({ limits: amount, requests: amount }),
  quota: amount.nullable(),
  failure: z.object({ reason, message: text }).nullable().catch(null),
  obstacle: text.optional().catch(undefined),
  operation,
  hubTokenDigest: z.string().optional().catch(undefined),
  since: z.string(),
  startedAt: z.string().nullable().default(null).catch(null),
  end: end.nullable().default(null).catch(null),
  deleteTimeoutMs: z.number().positive().optional().catch(undefined),
});

/** The fields of a list: a lab must not be missing in one because of another, unreadable field. */
const listed = lab
  .pick({ status: true, since: true, operation: true, address: true })
  .extend({ user: z.object({ username: z.string() }), namespace: z.string().nullable().catch(null) });

const withImage = z.object({
  user: z.object({ username: z.string() }).nullable().catch(null),
  options: z.object({ image: z.string() }),
});

type Memo = Readonly<Record<string, unknown>> | undefined;

/** The published lab of a memo; null where there is none, or it cannot be read. */
export function decodeLab(memo: Memo): PublishedLab | null {
  return decodeLabRecord(memo?.['lab']);
}

/** The same for the value of the field `lab` alone, as histories have it. */
export function decodeLabRecord(value: unknown): PublishedLab | null {
  const parsed = lab.safeParse(value);
  return parsed.success ? { ...parsed.data, ...statusOf(parsed.data.status) } : null;
}

/** The fields of a memo's published lab that a list needs; null where they cannot be read. */
export function decodeListedLab(memo: Memo): ListedLab | null {
  const parsed = listed.safeParse(memo?.['lab']);
  if (!parsed.success) return null;
  const { user, status, ...rest } = parsed.data;
  return { ...rest, username: user.username, ...statusOf(status) };
}

/** The reference of a published lab's image, with the username if that can be read; null where the image cannot. */
export function decodeLabImage(
  memo: Memo,
): { readonly username: string | null; readonly image: string } | null {
  const { data } = withImage.safeParse(memo?.['lab']);
  return data ? { username: data.user?.username ?? null, image: data.options.image } : null;
}

/** The earlier labs of a memo's workflow, newest first; those that cannot be read are left out. */
export function decodePastLabs(memo: Memo): PublishedPastLab[] {
  const values = memo?.['pastLabs'];
  if (!Array.isArray(values)) return [];
  return values.flatMap((value) => pastLab.safeParse(value).data ?? []);
}

/** The error for a lab whose workflow is open, but whose memo, of a newer version, cannot be read. */
export function unreadableLab(username: string): DomainError {
  return new DomainError(
    'workflow_unavailable',
    `The lab of ${username} cannot be read by this version of the controller; try again in a moment`,
  );
}

function statusOf(written: string | null): {
  readonly status: LabStatus | null;
  readonly unknownStatus?: string;
} {
  if (written === null || isStatus(written)) return { status: written };
  return { status: 'pending', unknownStatus: written };
}

const isStatus = (status: string): status is LabStatus => LAB_STATUSES.some((known) => known === status);
