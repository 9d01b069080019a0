import type { Client } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import { DomainError } from '../../domain/errors';
import type { FsadminRequest, FsadminTimeouts } from '../../domain/fsadmin';
import { sealRequest } from '../../sealing/request';
import type { Sealer } from '../../sealing/sealer';
import { updateWithStart } from '../../temporal/calls';
import { fsadminStart, fsadminTimeouts } from '../../workflow-clients/fsadmin';
import { newOperationId } from '../../workflow-clients/lab/executions';
import { FSADMIN_WORKFLOW_ID } from '../../workflow-clients/names';
import { type FsadminWorkflow, inspectPod, removePod, startPod } from '../../workflows/fsadmin/messages';
import type { Fsadmin, SpawnContext } from '../dependencies';
import { callTemporalWithin } from './temporal-errors';

/** Time beyond the operation itself for a worker to receive the update and to report its completion. */
const MARGIN_MS = 10_000;

/** Number of attempts of a request whose workflow closes before it has carried out the request. */
const ATTEMPTS = 5;

export interface FsadminOptions {
  /** The present configuration. */
  readonly terms: () => Pick<SpawnContext, 'configuration' | 'settings'>;
  readonly sealer: Pick<Sealer, 'seal'>;
}

/**
 * File system administration by its workflow, which each request starts where it is not open. The request for the pod is
 * sealed: nothing that is sent to Temporal by others makes a privileged pod.
 */
export function createFsadmin(client: Client, { sealer, terms }: FsadminOptions): Fsadmin {
  const send = <Answer, Request extends FsadminRequest>(
    update: UpdateDefinition<Answer, [Request]>,
    request: Request,
  ): Promise<Answer> =>
    callTemporalWithin(client, request.timeouts.operationMs + MARGIN_MS, async () => {
      const options = fsadminStart(request.timeouts);
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const sent = { updateId: newOperationId(), arg: request };
        const outcome = await updateWithStart<FsadminWorkflow, Request, Answer>(
          client,
          'fsadmin',
          options,
          update,
          sent,
        );
        if (outcome !== 'closed') return outcome.answer;
      }
      throw new DomainError('workflow_timeout', 'File system administration did not answer');
    });

  const timeouts = (): FsadminTimeouts => fsadminTimeouts(terms().settings);

  return {
    read: (requester) => send(inspectPod, { requester, timeouts: timeouts() }),
    start(requester) {
      const { configuration, settings } = terms();
      const request = {
        requester,
        timeouts: fsadminTimeouts(settings),
        operationId: newOperationId(),
        configuration,
        acceptedAt: new Date().toISOString(),
      };
      return send(startPod, sealRequest(request, FSADMIN_WORKFLOW_ID, sealer));
    },
    remove: (requester) => send(removePod, { requester, timeouts: timeouts() }),
  };
}
