import { z } from 'zod';
import { LAB_STATUSES, type LabStatus } from '../../domain/lab';
import { FAILURE_REASONS } from '../../domain/lab-end';
import { LAB_SIZES } from '../../domain/lab-plan';
import type { PublishedLab } from '../../domain/published-lab';

/** One of the codes of this version, or an unknown code of a newer version. */
export function openCode<const Codes extends readonly [string, ...string[]]>(codes: Codes) {
  return z.union([z.enum(codes), z.string()]);
}

const amount = z
  .object({ cpu: z.number().describe('Cores.'), memory: z.int().describe('Bytes.') })
  .meta({ id: 'ResourceAmount' });

/** A lab as clients see it. Every key is always present. */
export const labState = z
  .object({
    user: z.object({
      username: z.string(),
      name: z.string().nullable(),
      uid: z.int(),
      gid: z.int(),
      groups: z.array(z.object({ name: z.string(), id: z.int() })),
    }),
    options: z.object({
      image: z.string().describe('`registry/repository:tag@digest` in use.'),
      size: z.enum(LAB_SIZES),
      enable_debug: z.boolean(),
      reset_user_env: z.boolean(),
    }),
    status: z.enum(LAB_STATUSES),
    internal_url: z
      .string()
      .nullable()
      .describe('Where the hub and its proxy reach the lab; null until known and while it ends.'),
    resources: z.object({ limits: amount, requests: amount }),
    quota: amount.nullable().describe("The user's notebook quota, if there is one."),
    failure: z
      .object({ reason: openCode(FAILURE_REASONS), message: z.string() })
      .nullable()
      .describe('Why the lab failed; null unless `status` is `failed`.'),
  })
  .meta({ id: 'LabState' });

export type LabState = z.output<typeof labState>;

/** A lab for the API, as opposed to one that is being removed. */
export type KnownLab = PublishedLab & { readonly status: LabStatus };

/** Converts a lab's record to its wire form. */
export function toLabState(lab: KnownLab): LabState {
  const { user, options, resources } = lab;
  return {
    user: { ...user, groups: [...user.groups] },
    options: {
      image: options.image,
      size: options.size,
      enable_debug: options.enableDebug,
      reset_user_env: options.resetUserEnv,
    },
    status: lab.status,
    internal_url: lab.internalUrl,
    resources: { limits: resources.limits, requests: resources.requests },
    quota: lab.quota,
    failure: lab.status === 'failed' ? lab.failure : null,
  };
}
