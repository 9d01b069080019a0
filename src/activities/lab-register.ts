import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { z } from 'zod';
import type { RecoveredLab } from '../domain/lab';
import { LAB_STATUSES, type LabStatus } from '../domain/lab';
import type { ProvenAddress } from '../domain/lab-address';
import { labWorkflowId } from '../domain/lab-key';
import {
  type HubSettings,
  labTimeouts,
  type StepSettings,
  type TimeoutSettings,
} from '../domain/lab-timeouts';
import type { WorkflowFacts } from '../domain/reconciliation';
import type { AddressProver } from '../sealing/address-proof';
import { inTime } from '../temporal/calls';
import { labStart } from '../temporal/lab-start';
import { publishedLabs } from '../temporal/open-labs';
import { checkPod, type LabInput } from '../workflows/lab/messages';

/** The labs' workflows, as reconciliation asks about them and starts them. */
export interface LabRegister {
  /** All open ones. Lags behind by some seconds. */
  list(): Promise<WorkflowFacts[]>;
  /** The status of a user's lab as of now; undefined without an open workflow. */
  statusOf(username: string): Promise<LabStatus | null | undefined>;
  /** Starts a workflow for a lab that exists; false when there is one by now. */
  adopt(lab: RecoveredLab): Promise<boolean>;
  /** Makes a lab look at its pod; false when it is not, or no longer, running. */
  doubt(username: string): Promise<boolean>;
}

/** What an adopted lab's deadlines are made of. */
export interface RegisterSettings {
  readonly lab: TimeoutSettings;
  readonly timeouts: StepSettings;
  readonly hub: HubSettings | null;
}

const provenAddress = z.object({
  podUid: z.string(),
  spawnId: z.string().nullable(),
  podIp: z.string(),
  proof: z.record(z.string(), z.string()),
}) satisfies z.ZodType<ProvenAddress>;

/** As much of the memo `lab` as reconciliation needs. */
const published = z.object({
  user: z.object({ username: z.string() }),
  namespace: z.string(),
  status: z.enum(LAB_STATUSES).nullable(),
  since: z.iso.datetime(),
  address: provenAddress.optional(),
});

/** Reaches the workflows through a Temporal client. */
export function labRegister(
  client: Client,
  settings: () => RegisterSettings,
  prover: Pick<AddressProver, 'isFresh'>,
): LabRegister {
  const statusOf: LabRegister['statusOf'] = async (username) => {
    const handle = client.workflow.getHandle(labWorkflowId(username));
    try {
      const { memo, status } = await inTime(client, () => handle.describe());
      if (status.name !== 'RUNNING') return undefined;
      return published.safeParse(memo?.['lab']).data?.status ?? null;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  };

  return {
    statusOf,
    async list() {
      const open: WorkflowFacts[] = [];
      for await (const memo of publishedLabs(client)) {
        const lab = published.safeParse(memo).data;
        if (!lab) continue;
        const { address, namespace, since, status, user } = lab;
        const { username } = user;
        const isReachable = address !== undefined && prover.isFresh({ username, namespace }, address);
        open.push({ username, namespace, status, isReachable, ageMs: Date.now() - Date.parse(since) });
      }
      return open;
    },
    async adopt(lab) {
      const { hub, lab: deadlines, timeouts } = settings();
      const adoption = { lab, timeouts: labTimeouts(deadlines, timeouts, hub) };
      const { record } = lab;
      try {
        await inTime(client, () =>
          client.workflow.start<(input: LabInput) => Promise<void>>('lab', {
            ...labStart(record),
            args: [{ kind: 'adopt', adoption }],
            staticDetails: `Adopted; ${record.options.image}, size ${record.options.size}`,
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
        throw error;
      }
    },
    async doubt(username) {
      if ((await statusOf(username)) !== 'running') return false;
      const handle = client.workflow.getHandle(labWorkflowId(username));
      await inTime(client, () => handle.signal(checkPod));
      return true;
    },
  };
}
