import type { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityExecuteInput } from '@temporalio/worker';
import { createActivityInterceptor } from '../../../src/activities/interceptor';
import { createKubernetesClient, type KubernetesClient } from '../../../src/kubernetes/client';
import { coreReference } from '../../../src/kubernetes/references';
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

/** How long the process has been held up, and who is told of it. */
let heldUpMs = 0;
let onHoldUp: () => void = () => undefined;

beforeEach(() => {
  heldUpMs = 0;
});

const holdUps = {
  longestSince: () => heldUpMs,
  onHoldUp(listener: () => void) {
    onHoldUp = listener;
    return () => undefined;
  },
};

const readPod = () => kubernetes.read(coreReference('Pod', { name: 'a', namespace: 'b' }));

/** Runs an attempt that reads a pod; `cancelled` is its cancellation. */
function attempt(
  startToCloseTimeoutMs: number,
  cancelled = new AbortController().signal,
  work: () => Promise<unknown> = readPod,
): Promise<unknown> {
  const info = { attempt: 1, startToCloseTimeoutMs, heartbeatTimeoutMs: 5_000 };
  const context = { cancellationSignal: cancelled, info };
  const { inbound } = createActivityInterceptor(holdUps)(context as unknown as Context);
  return inbound?.execute?.(input, work) ?? Promise.reject(new Error('nothing to execute'));
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

  // Time enough for the request to be sent, on a busy machine too: after it, none would be.
  await expect(attempt(2_000)).rejects.toMatchObject({ type: 'KubernetesUnavailable', nonRetryable: false });
  await server.connectionClosed();
});

test('errors of an attempt are converted to failures with a retry policy', async () => {
  await serve(status(403, 'Forbidden', { message: 'exceeded quota', details: { kind: 'pods' } }));
  const outcome = attempt(60_000);

  await expect(outcome).rejects.toBeInstanceOf(ApplicationFailure);
  await expect(outcome).rejects.toMatchObject({ type: 'QuotaExceeded', nonRetryable: true });
});

test('an attempt whose process was held up sends nothing any more, and is tried again', async () => {
  await serve(status(200, 'OK'));
  const outcome = attempt(60_000, undefined, async () => {
    heldUpMs = 6_000;
    await readPod();
  });

  await expect(outcome).rejects.toMatchObject({
    type: 'NotYet',
    message: 'Its process was held up for 6.0 s, so that another attempt may have taken its place',
    nonRetryable: false,
  });
  expect(server.requests).toEqual([]);
});

test('a request that waits for its connection is not written once its process was held up', async () => {
  await serve(status(200, 'OK'));
  const outcome = attempt(60_000, undefined, async () => {
    const read = readPod();
    // By now the request is on its way to a connection, which takes turns of the event loop to be made.
    queueMicrotask(() => {
      heldUpMs = 6_000;
    });
    await read;
  });

  await expect(outcome).rejects.toMatchObject({ type: 'NotYet' });
  expect(server.requests).toEqual([]);
});

test('a request under way ends when its process was held up', async () => {
  const asked = Promise.withResolvers<void>();
  await serve(() => asked.resolve());
  const outcome = attempt(60_000);
  outcome.catch(() => undefined);
  await asked.promise;
  heldUpMs = 6_000;
  onHoldUp();

  await expect(outcome).rejects.toMatchObject({ type: 'NotYet', nonRetryable: false });
  await server.connectionClosed();
});

test('a cancelled attempt is cancelled, also where its process was held up', async () => {
  await serve(status(200, 'OK'));
  const cancellation = new AbortController();
  const outcome = attempt(60_000, cancellation.signal, async () => {
    heldUpMs = 6_000;
    cancellation.abort();
    await readPod();
  });

  await expect(outcome).rejects.toBeInstanceOf(CancelledFailure);
});
