import { type Client } from '@temporalio/client';
import type { RecoveredLab } from '../domain/lab';
import { type LabStatus } from '../domain/lab';
import { labWorkflowId } from '../domain/lab-key';
import {
  type HubSettings,
  labTimeouts,
  type OperationTimeouts,
  type StepTimeouts,
} from '../domain/lab-timeouts';
import type { WorkflowFacts } from '../domain/reconciliation';
import type { AddressProver } from '../sealing/address-proof';
import { describeLatestRun, inTime, isOpen, startUnlessOpen } from '../temporal/calls';
import { labStart, openLabs } from '../workflow-clients/lab/executions';
import { decodeListedLab } from '../workflow-clients/lab/memo';
import { checkPod, type LabWorkflowInput } from '../workflows/lab/messages';

/** The labs' workflows, for reconciliation: listed, read and started. */
export interface LabRegister {
  /** All open ones, from visibility, which lags by some seconds. */
  list(): Promise<WorkflowFacts[]>;
  /** The present status of a user's lab, strongly consistent; undefined without an open workflow. */
  statusOf(username: string): Promise<LabStatus | null | undefined>;
  /** Starts a workflow for an existing lab; false when there is one by now. */
  adopt(lab: RecoveredLab): Promise<boolean>;
  /** Requests a verification of a lab's pod; false when the lab is not, or no longer, running. */
  doubt(username: string): Promise<boolean>;
}

/** Settings from which the timeouts of adopted labs are computed. */
export interface RegisterSettings {
  readonly lab: OperationTimeouts;
  readonly timeouts: StepTimeouts;
  readonly hub: HubSettings | null;
}

/** Reaches the workflows through a Temporal client. */
export function labRegister(
  client: Client,
  settings: () => RegisterSettings,
  prover: Pick<AddressProver, 'isFresh'>,
): LabRegister {
  const statusOf: LabRegister['statusOf'] = async (username) => {
    const description = await inTime(client, () => describeLatestRun(client, labWorkflowId(username)));
    if (!description || !isOpen(description)) return undefined;
    return decodeListedLab(description.memo)?.status ?? null;
  };

  return {
    statusOf,
    async list() {
      const open: WorkflowFacts[] = [];
      for await (const { memo } of openLabs(client)) {
        const lab = decodeListedLab(memo);
        if (!lab || lab.namespace === null) continue;
        const { address, namespace, since, status, username } = lab;
        const isReachable = address !== undefined && prover.isFresh({ username, namespace }, address);
        open.push({ username, namespace, status, isReachable, ageMs: Date.now() - Date.parse(since) });
      }
      return open;
    },
    async adopt(lab) {
      const { hub, lab: deadlines, timeouts } = settings();
      const adoption = { lab, timeouts: labTimeouts(deadlines, timeouts, hub) };
      const { record } = lab;
      return inTime(client, () =>
        startUnlessOpen<(input: LabWorkflowInput) => Promise<void>>(client, 'lab', {
          ...labStart(record),
          args: [{ kind: 'adopt', adoption }],
          staticDetails: `Adopted; ${record.options.image}, size ${record.options.size}`,
        }),
      );
    },
    async doubt(username) {
      if ((await statusOf(username)) !== 'running') return false;
      const handle = client.workflow.getHandle(labWorkflowId(username));
      await inTime(client, () => handle.signal(checkPod));
      return true;
    },
  };
}
