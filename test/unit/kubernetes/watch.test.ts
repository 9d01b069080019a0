import { createKubernetesClient, type KubernetesClient } from '../../../src/kubernetes/client';
import { ExpiredError, type WatchOptions } from '../../../src/kubernetes/watch';
import {
  type Answer,
  event,
  lines,
  type ScriptedServer,
  startScriptedServer,
  status,
} from './scripted-server';

const path = '/api/v1/pods';

let server: ScriptedServer;
let client: KubernetesClient;

async function serve(answer: Answer): Promise<void> {
  server = await startScriptedServer(answer);
  client = createKubernetesClient({ kubeconfig: server.kubeconfig, requestTimeoutMs: 2000 });
}

afterEach(async () => {
  await client.close();
  await server.close();
});

/** Watches to the end, or to the error, and returns what was seen. */
async function follow(options: Partial<WatchOptions> = {}): Promise<{ seen: string[]; error: unknown }> {
  const seen: string[] = [];
  try {
    for await (const { type, object, resourceVersion } of client.watch({ path, ...options })) {
      seen.push(`${type} ${object.metadata?.name} ${resourceVersion}`);
    }
    return { seen, error: null };
  } catch (error) {
    return { seen, error };
  }
}

test('changes are received in order until the server ends the watch', async () => {
  await serve(lines(event('ADDED', 'a', '1'), event('MODIFIED', 'a', '2') + event('DELETED', 'a', '3')));
  const query = { labelSelector: 'a=b', resourceVersion: '0' };
  await expect(follow({ query })).resolves.toEqual({
    seen: ['ADDED a 1', 'MODIFIED a 2', 'DELETED a 3'],
    error: null,
  });
  expect(server.requests[0]?.query).toEqual({
    watch: 'true',
    allowWatchBookmarks: 'true',
    timeoutSeconds: '240',
    labelSelector: 'a=b',
    resourceVersion: '0',
  });
});

test('a bookmark is returned with its version', async () => {
  await serve(lines('{"type":"BOOKMARK","object":{"kind":"Pod","metadata":{"resourceVersion":"9"}}}\n'));
  await expect(follow()).resolves.toEqual({ seen: ['BOOKMARK undefined 9'], error: null });
});

test('characters and events split over several packets are put together', async () => {
  const bytes = Buffer.from(event('ADDED', 'zoë-🔭', '1') + event('ADDED', 'b', '2'));
  await serve(lines(...Array.from(bytes, (byte) => Buffer.from([byte]))));
  await expect(follow()).resolves.toEqual({ seen: ['ADDED zoë-🔭 1', 'ADDED b 2'], error: null });
});

test('an event of megabytes is read', async () => {
  const name = 'x'.repeat(4_000_000);
  await serve(lines(event('ADDED', name, '1')));
  const { seen } = await follow();
  expect(seen[0]).toHaveLength(name.length + 'ADDED  1'.length);
});

test('an expired version has its own error when the watch is refused', async () => {
  await serve(status(410, 'Expired'));
  const { error } = await follow();
  expect(error).toBeInstanceOf(ExpiredError);
});

test('an expired version has its own error when it comes as an event', async () => {
  await serve(lines(event('ADDED', 'a', '1'), '{"type":"ERROR","object":{"kind":"Status","code":410}}\n'));
  const { seen, error } = await follow();
  expect(seen).toEqual(['ADDED a 1']);
  expect(error).toBeInstanceOf(ExpiredError);
});

test('another error event is an error with its code', async () => {
  await serve(lines('{"type":"ERROR","object":{"kind":"Status","code":500,"reason":"InternalError"}}\n'));
  const { error } = await follow();
  expect(error).toMatchObject({ name: 'KubernetesError', verb: 'watch', code: 500, reason: 'InternalError' });
});

test('a refused watch is an error with its code', async () => {
  await serve(status(403, 'Forbidden', { message: 'may not watch' }));
  const { error } = await follow();
  expect(error).toMatchObject({ verb: 'watch', kind: 'pods', code: 403 });
});

test.each([
  ['no JSON', '<html>secret</html>\n'],
  ['no event', '{"type":"ADDED"}\n'],
  ['of an unknown type', '{"type":"NEWS","object":{"metadata":{"resourceVersion":"1"}}}\n'],
  ['no object', 'null\n'],
  ['incomplete', '{"type":"ADDED","object":{"secr'],
])('a line that is %s is an error that does not repeat it', async (_, line) => {
  await serve(lines(event('ADDED', 'a', '1'), line));
  const { seen, error } = await follow();
  expect(seen).toEqual(['ADDED a 1']);
  expect(error).toMatchObject({ name: 'MalformedWatchError', message: expect.not.stringContaining('secr') });
});

test('a cut connection is an error without a code', async () => {
  await serve((response) => {
    response.write(event('ADDED', 'a', '1'), () => response.destroy());
  });
  const { seen, error } = await follow();
  expect(seen).toEqual(['ADDED a 1']);
  expect(error).toMatchObject({ name: 'KubernetesError', code: null });
});

test('silence is an error, and ends the connection', async () => {
  await serve((response) => void response.write(event('ADDED', 'a', '1')));
  const { error } = await follow({ silenceTimeoutMs: 50 });
  expect(error).toMatchObject({ code: null, reason: 'UND_ERR_BODY_TIMEOUT' });
  await server.connectionClosed();
});

test('an abort ends the watch and its connection', async () => {
  const controller = new AbortController();
  await serve((response) => void response.write(event('ADDED', 'a', '1'), () => controller.abort('enough')));
  const { error } = await follow({ signal: controller.signal });
  expect(error).toMatchObject({ name: 'AbortError', cause: 'enough' });
  await server.connectionClosed();
});

test('leaving the loop ends the connection', async () => {
  await serve((response) => void response.write(event('ADDED', 'a', '1')));
  for await (const change of client.watch({ path })) {
    expect(change.type).toBe('ADDED');
    break;
  }
  await server.connectionClosed();
});

test('a slow reader slows the server down instead of filling memory', async () => {
  const line = event('ADDED', 'x'.repeat(100_000), '1');
  let sentBytes = 0;
  await serve((response) => {
    const send = (): void => {
      if (sentBytes >= 100_000_000 || response.destroyed) return void response.end();
      sentBytes += line.length;
      response.write(line, send);
    };
    send();
  });
  for await (const _ of client.watch({ path })) {
    const before = sentBytes;
    // That nothing more is sent has no event; this is the time in which more could be.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(sentBytes).toBeLessThan(50_000_000);
    if (before === sentBytes) break;
  }
});
