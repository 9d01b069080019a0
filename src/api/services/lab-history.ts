import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { type LabLife, type LabRun, labHistoryEntries } from '../../domain/lab-history';
import { labWorkflowId } from '../../domain/lab-key';
import { isLabUsername } from '../../domain/user';
import { describeLatestRun } from '../../temporal/calls';
import { decodeLab, decodePastLabs } from '../../workflow-clients/lab/memo';
import type { LabHistory } from '../dependencies';
import { CALL_DEADLINE_MS, callTemporalWithin } from './temporal-errors';

/** Timeout of the last lab for a form, which is shown without it if necessary. */
const LAST_LAB_DEADLINE_MS = 250;

/** Small, since pages have the memos. Runs that continued as new are skipped, and a run may hold several labs. */
const PAGE_SIZE = 50;

/** Past labs, as long as Temporal retains closed workflows. */
export function createLabHistory(client: Client): LabHistory {
  const describe = async (username: string): Promise<LabRun | null> => {
    const description = await describeLatestRun(client, labWorkflowId(username));
    return description && toRun(description);
  };

  const listed = async (username: string, limit: number): Promise<LabRun[]> => {
    const query = `WorkflowType='lab' AND LabUser='${username}'`;
    const runs: LabRun[] = [];
    for await (const info of client.workflow.list({ query, pageSize: PAGE_SIZE })) {
      const run = toRun(info);
      if (run) runs.push(run);
      if (labHistoryEntries(runs).length > limit) break;
    }
    return runs;
  };

  return {
    async livesOf(username, limit) {
      // A valid name needs no escaping between the quotes of a query.
      if (!isLabUsername(username)) return [];
      // Visibility lags, so the latest run is described directly.
      const [latest, older] = await callTemporalWithin(client, CALL_DEADLINE_MS, () =>
        Promise.all([describe(username), listed(username, limit)]),
      );
      const others = older.filter(({ runId }) => runId !== latest?.runId);
      return labHistoryEntries([...(latest ? [latest] : []), ...others]).slice(0, limit);
    },

    async lastOf(username): Promise<LabLife | null> {
      const latest = await callTemporalWithin(client, LAST_LAB_DEADLINE_MS, () => describe(username));
      return (latest && labHistoryEntries([latest])[0]) ?? null;
    },
  };
}

/** Null for a run without a readable lab. */
function toRun({
  closeTime,
  memo,
  runId,
  startTime,
  status,
}: Omit<WorkflowExecutionInfo, 'raw'>): LabRun | null {
  const record = decodeLab(memo);
  if (!record) return null;
  return {
    runId,
    startedAt: startTime.toISOString(),
    closedAt: closeTime?.toISOString() ?? null,
    isContinued: status.name === 'CONTINUED_AS_NEW',
    record,
    pastLabs: decodePastLabs(memo),
  };
}
