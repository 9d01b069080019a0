import { z } from 'zod';
import type { PastLab } from '../../domain/lab';
import { LAB_STATUSES, type LabRecord } from '../../domain/lab';
import type { ProvenAddress } from '../../domain/lab-address';
import { END_OUTCOMES, ENDED_BY, FAILURE_REASONS, type LabEnd } from '../../domain/lab-end';
import { LAB_SIZES } from '../../domain/lab-options';

const amount = z.object({ cpu: z.number(), memory: z.number() });

/** How a lab ended, as its memo tells. */
const labEnd = z.object({
  at: z.string(),
  outcome: z.enum(END_OUTCOMES),
  by: z.enum(ENDED_BY),
  name: z.string().nullable(),
  reason: z.enum(FAILURE_REASONS).nullable(),
  message: z.string().nullable(),
}) satisfies z.ZodType<LabEnd>;

/** A lab that the same workflow held before, as the memo `pastLabs` lists them. */
export const pastLab = z.object({
  startedAt: z.string().nullable(),
  image: z.string(),
  size: z.enum(LAB_SIZES),
  end: labEnd,
}) satisfies z.ZodType<PastLab>;

const provenAddress = z.object({
  podUid: z.string(),
  spawnId: z.string().nullable(),
  podIp: z.string(),
  proof: z.record(z.string(), z.string()),
}) satisfies z.ZodType<ProvenAddress>;

/** The memo `lab` of a lab workflow, as read back from the server. */
export const labRecord = z.object({
  user: z.object({
    username: z.string(),
    name: z.string().nullable(),
    uid: z.number(),
    gid: z.number(),
    groups: z.array(z.object({ name: z.string(), id: z.number() })),
  }),
  options: z.object({
    image: z.string(),
    size: z.enum(LAB_SIZES),
    enableDebug: z.boolean(),
    resetUserEnv: z.boolean(),
  }),
  namespace: z.string(),
  status: z.enum(LAB_STATUSES).nullable(),
  internalUrl: z.string().nullable(),
  address: provenAddress.optional(),
  resources: z.object({ limits: amount, requests: amount }),
  quota: amount.nullable(),
  failure: z.object({ reason: z.enum(FAILURE_REASONS), message: z.string() }).nullable(),
  operation: z.object({
    id: z.string(),
    kind: z.enum(['spawn', 'delete']),
    isAdopted: z.boolean().optional(),
  }),
  hubTokenDigest: z.string().optional(),
  since: z.string(),
  startedAt: z.string().nullable().default(null),
  end: labEnd.nullable().default(null),
}) satisfies z.ZodType<LabRecord>;

/** As much of the memo as a listing needs. */
export const listedLab = labRecord
  .pick({ status: true, since: true, operation: true })
  .extend({ user: z.object({ username: z.string() }) });
