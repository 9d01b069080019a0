import type { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityExecuteInput } from '@temporalio/worker';
import { activityInterceptor } from '../../../src/activities/interceptor';
import { createKubernetesClient, type KubernetesClient } from '../../../src/kubernetes/client';
import { type Answer, type ScriptedServer, startScriptedServer, status } from '../kubernetes/scripted-server';

const input = { args: [], headers: {} } as unknown as ActivityExecuteInput;

let server: ScriptedServer;
let kubernetes: KubernetesClient;

async function serve(answer: Answer): Promise<void> {
  server = await startScriptedServer(answer);
  kubernetes = createKubernetesClient({ kubeconfig: server.kubeconfig, requestTimeoutMs: 30_000 });
}

afterEach(async () => {
  await kubernetes.close();
  await server.close();
});

/** Runs an attempt that reads a pod; `cancelled` is its cancellation. */
function attempt(startToCloseTimeoutMs: number, cancelled = new AbortController().signal): Promise<unknown> {
  const context = { cancellationSignal: cancelled, info: { attempt: 1, startToCloseTimeoutMs } };
  const { execute } = activityInterceptor(context as unknown as Context).inbound;
  const readPod = () => kubernetes.core.readNamespacedPod({ name: 'a', namespace: 'b' });
  return execute?.(input, readPod) ?? Promise.reject(new Error('nothing to execute'));
}

test('a request ends with the cancellation of its attempt', async () => {
  const asked = Promise.withResolvers<void>();
  const cancellation = new AbortController();
  await serve(() => asked.resolve());
  const outcome = attempt(60_000, cancellation.signal);
  outcome.catch(() => undefined);
  await asked.promise;
  cancellation.abort();

  await expect(outcome).rejects.toBeInstanceOf(CancelledFailure);
  await server.connectionClosed();
});

test('a request ends with the time of its attempt, which is tried again', async () => {
  await serve(() => undefined);

  await expect(attempt(50)).rejects.toMatchObject({ type: 'KubernetesUnavailable', nonRetryable: false });
  await server.connectionClosed();
});

test('what an attempt throws says what to do next', async () => {
  await serve(status(403, 'Forbidden', { message: 'exceeded quota', details: { kind: 'pods' } }));
  const outcome = attempt(60_000);

  await expect(outcome).rejects.toBeInstanceOf(ApplicationFailure);
  await expect(outcome).rejects.toMatchObject({ type: 'QuotaExceeded', nonRetryable: true });
});
