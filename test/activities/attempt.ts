import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivityInterceptor } from '../../src/activities/interceptor';
import { silence } from '../support/quiet-runtime';

/** That of a process which is never held up. */
export const interceptor = createActivityInterceptor({
  longestSince: () => 0,
  onHoldUp: () => () => undefined,
});

/** An activity's surroundings as a worker gives them, with so much time for an attempt, asked for by a workflow. */
export function activityEnvironment(
  startToCloseTimeoutMs = 15_000,
  workflowId = 'lab-rachel',
): MockActivityEnvironment {
  return new MockActivityEnvironment(
    { startToCloseTimeoutMs, workflowExecution: { workflowId, runId: 'test' } },
    { interceptors: [interceptor], logger: silence },
  );
}

/** Runs one attempt of an activity. */
export function attempt<T>(activity: () => Promise<T>, workflowId?: string): Promise<T> {
  return activityEnvironment(undefined, workflowId).run(activity);
}
