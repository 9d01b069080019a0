import { createKubernetesClient, type KubernetesClient } from '../../../src/kubernetes/client';
import type { ListThenWatchOptions } from '../../../src/kubernetes/list-then-watch';
import {
  type Answer,
  event,
  lines,
  list,
  type ScriptedServer,
  startScriptedServer,
  status,
} from './scripted-server';

const path = '/api/v1/pods';

let server: ScriptedServer;
let client: KubernetesClient;
let pauses: number[];

const stayOpen: Answer = (response) => response.writeHead(200).flushHeaders();
const tellOneAndStall: Answer = (response) => void response.write(event('ADDED', 'a', '11'));

/** Lets the server answer as scripted and stay open then; returns the first `count` steps and what was asked. */
async function follow(count: number, answers: Answer[], options: Partial<ListThenWatchOptions> = {}) {
  server = await startScriptedServer(...answers, stayOpen);
  client = createKubernetesClient({ kubeconfig: server.kubeconfig, requestTimeoutMs: 2000 });
  pauses = [];
  const steps: string[] = [];
  const changes = client.listThenWatch({
    path,
    backoff: { minMs: 1, maxMs: 8 },
    onRetry: (_, delayMs) => pauses.push(delayMs),
    ...options,
  });
  for await (const change of changes) {
    const names = change.type === 'LISTED' ? change.items : [change.object];
    steps.push(
      [change.type, ...names.map(({ metadata }) => metadata?.name), change.resourceVersion].join(' '),
    );
    if (steps.length === count) break;
  }
  const asked = server.requests.map(({ query }) =>
    query['watch'] ? `watch ${query['resourceVersion']}` : 'list',
  );
  return { steps, asked };
}

afterEach(async () => {
  await client.close();
  await server.close();
});

test('a consistent list comes first, then the changes after it', async () => {
  const { steps, asked } = await follow(3, [
    list('10', ['a', 'b']),
    lines(event('ADDED', 'c', '11'), event('DELETED', 'a', '12')),
  ]);
  expect(steps).toEqual(['LISTED a b 10', 'ADDED c 11', 'DELETED a 12']);
  expect(asked).toEqual(['list', 'watch 10']);
  expect(server.requests[0]?.query).not.toHaveProperty('resourceVersion');
});

test('a long list is read in pages and returned as one', async () => {
  const { steps } = await follow(1, [list('10', ['a'], 'more'), list('10', ['b'])], {
    query: { labelSelector: 'x=y' },
  });
  expect(steps).toEqual(['LISTED a b 10']);
  expect(server.requests[1]?.query).toEqual({ limit: '500', continue: 'more', labelSelector: 'x=y' });
});

test('where only new objects are wanted, the watch begins at the present version without a list', async () => {
  const { asked, steps } = await follow(2, [list('10', ['a'], 'more'), lines(event('ADDED', 'c', '11'))], {
    isNewOnly: true,
  });
  expect(steps).toEqual(['BOOKMARK  10', 'ADDED c 11']);
  expect(asked).toEqual(['list', 'watch 10']);
  expect(server.requests[0]?.query).toEqual({ limit: '1' });
});

test('a watch the server ended goes on from the last version without a list', async () => {
  const bookmark = '{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"20"}}}\n';
  const { steps, asked } = await follow(3, [
    list('10', []),
    lines(bookmark),
    lines(event('ADDED', 'a', '21')),
  ]);
  expect(steps).toEqual(['LISTED 10', 'BOOKMARK  20', 'ADDED a 21']);
  expect(asked).toEqual(['list', 'watch 10', 'watch 20']);
  expect(pauses).toEqual([]);
});

test('an expired version is listed again at once', async () => {
  const { steps, asked } = await follow(2, [list('10', ['a']), status(410, 'Expired'), list('30', ['b'])]);
  expect(steps).toEqual(['LISTED a 10', 'LISTED b 30']);
  expect(asked).toEqual(['list', 'watch 10', 'list']);
  expect(pauses).toEqual([]);
});

test('versions that expire again and again are not listed in a tight loop', async () => {
  const expired = status(410, 'Expired');
  await follow(4, [list('1', []), expired, list('2', []), expired, list('3', []), expired, list('4', [])]);
  expect(pauses).toHaveLength(2);
  expect(pauses[1]).toBeGreaterThan(pauses[0] ?? Infinity);
});

test('watches that end at once are not restarted in a tight loop', async () => {
  await follow(2, [list('1', []), lines(), lines(), lines(), lines(event('ADDED', 'a', '2'))]);
  expect(pauses).toHaveLength(2);
});

test('a pause grows to its limit and varies by a quarter', async () => {
  const broken = status(500, 'InternalError');
  await follow(1, [broken, broken, broken, broken, broken, broken, list('1', [])]);
  [1, 2, 4, 8, 8, 8].forEach((delayMs, index) => {
    expect(pauses[index]).toBeGreaterThanOrEqual(delayMs * 0.75);
    expect(pauses[index]).toBeLessThanOrEqual(delayMs * 1.25);
  });
});

test.each<[string, Answer]>([
  ['garbage', lines('<html>\n')],
  ['a cut connection', (response) => void response.writeHead(200).write(' ', () => response.destroy())],
  ['an error event', lines('{"type":"ERROR","object":{"kind":"Status","code":500}}\n')],
])('after %s the collection is listed again', async (_, failure) => {
  const { steps, asked } = await follow(2, [list('10', ['a']), failure, list('30', ['b'])]);
  expect(steps).toEqual(['LISTED a 10', 'LISTED b 30']);
  expect(asked).toEqual(['list', 'watch 10', 'list']);
  expect(pauses).toHaveLength(1);
});

test('after silence the collection is listed again at once', async () => {
  const { steps, asked } = await follow(3, [list('10', []), tellOneAndStall, list('12', ['a', 'b'])], {
    silenceTimeoutMs: 50,
  });
  expect(steps).toEqual(['LISTED 10', 'ADDED a 11', 'LISTED a b 12']);
  expect(asked).toEqual(['list', 'watch 10', 'list']);
  expect(pauses).toEqual([]);
});

test('following resumes from a version of old without a list', async () => {
  const { steps, asked } = await follow(1, [lines(event('ADDED', 'a', '6'))], { resourceVersion: '5' });
  expect(steps).toEqual(['ADDED a 6']);
  expect(asked).toEqual(['watch 5']);
});

test('resuming from an expired version begins with a list', async () => {
  const { steps } = await follow(1, [status(410, 'Expired'), list('30', ['b'])], { resourceVersion: '5' });
  expect(steps).toEqual(['LISTED b 30']);
});

test('a list that expires between pages begins anew', async () => {
  const { steps } = await follow(1, [list('10', ['a'], 'more'), status(410, 'Expired'), list('11', ['b'])]);
  expect(steps).toEqual(['LISTED b 11']);
});

test.each([403, 404])('a list refused with %d ends it with the code', async (code) => {
  await expect(follow(1, [status(code, 'No')])).rejects.toMatchObject({ verb: 'list', code });
});

test('a watch refused after the list ends it with the code', async () => {
  await expect(follow(2, [list('1', []), status(403, 'Forbidden')])).rejects.toMatchObject({
    verb: 'watch',
    code: 403,
  });
});

test('an abort during a pause ends it at once', async () => {
  const controller = new AbortController();
  const followed = follow(1, [status(503, 'ServiceUnavailable')], {
    signal: controller.signal,
    backoff: { minMs: 60_000, maxMs: 60_000 },
    onRetry: () => controller.abort('enough'),
  });
  await expect(followed).rejects.toMatchObject({ name: 'AbortError', cause: 'enough' });
});

test('closing the client ends it', async () => {
  const followed = follow(2, [
    list('1', []),
    async (response) => {
      response.writeHead(200).flushHeaders();
      await client.close();
    },
  ]);
  await expect(followed).rejects.toMatchObject({ name: 'AbortError' });
});
