import { setTimeout as delay } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import { createWatchActivities } from '../../src/activities/watch';
import { createKubernetesClient, type KubernetesClient } from '../../src/kubernetes/client';
import { silence } from '../support/quiet-runtime';
import { observer } from '../support/sealing';
import {
  type Answer,
  json,
  type ScriptedServer,
  startScriptedServer,
  status,
} from '../unit/kubernetes/scripted-server';

const PODS = '/api/v1/pods';
const EVENTS = '/apis/events.k8s.io/v1/events';
const CORE_EVENTS = '/api/v1/events';

let server: ScriptedServer;
let kubernetes: KubernetesClient;
let environment: MockActivityEnvironment;
let told: string[];
let running: Promise<void>;

interface Script {
  /** What watches of these collections tell, a text per watch; then they stay open. */
  readonly watches?: Readonly<Record<string, string[]>>;
  readonly lists?: Readonly<Record<string, object[]>>;
  /** Collections that are refused. */
  readonly refused?: readonly string[];
  readonly resumeAt?: { pods: string; events: string };
}

async function start({ watches = {}, lists = {}, refused = [], resumeAt }: Script): Promise<void> {
  const left = structuredClone(watches) as Record<string, string[]>;
  const answer: Answer = (response, request) => {
    const { path, query } = request;
    if (refused.includes(path)) return status(403, 'Forbidden')(response, request);
    if (!query['watch']) {
      const items = lists[path] ?? [];
      return json(200, { metadata: { resourceVersion: '100' }, items })(response, request);
    }
    response.writeHead(200).flushHeaders();
    const text = left[path]?.shift();
    if (text !== undefined) response.write(text);
  };
  server = await startScriptedServer(answer);
  kubernetes = createKubernetesClient({ kubeconfig: server.kubeconfig, requestTimeoutMs: 5_000 });
  told = [];
  const activities = createWatchActivities({
    kubernetes,
    observer,
    logger: pino({ level: 'silent' }),
    errorDelayMs: 500,
    reconnectMs: 90_000,
    namespace: 'nublado',
    async sendPulls({ changes }) {
      told.push(
        ...changes.map((it) => `pull ${it.pod ? (it.pod.reason ?? it.pod.phase) : `gone ${it.uid}`}`),
      );
    },
    async send(user, { changes, events }) {
      told.push(...events.map(({ reason }) => `${user} ${reason}`));
      const states = changes.map((it) => (it.pod ? it.pod.phase : `gone ${it.uid}`));
      told.push(...states.map((state) => `${user} ${state}`));
    },
  });
  environment = new MockActivityEnvironment({ heartbeatDetails: resumeAt }, { logger: silence });
  running = environment.run(() => activities.watchLabs());
  running.catch(() => undefined);
}

afterEach(async () => {
  environment.cancel();
  await running.catch(() => undefined);
  await kubernetes.close();
  await server.close();
});

function pod(user: string, phase: string, resourceVersion: string, uid = `uid-${user}`) {
  const labels = { 'nublado.lsst.io/category': 'lab', 'nublado.lsst.io/user': user };
  return { kind: 'Pod', metadata: { name: `${user}-nb`, uid, resourceVersion, labels }, status: { phase } };
}

function podEvent(user: string, reason: string, resourceVersion: string, about = 'regarding') {
  return {
    kind: 'Event',
    metadata: { uid: `${user}-${reason}`, resourceVersion, creationTimestamp: '2077-10-23T09:47:00Z' },
    [about]: { kind: 'Pod', uid: `uid-${user}` },
    type: 'Normal',
    reason,
  };
}

const change = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;

/** Waits until that many things have been told, at most for a while; gives them sorted. */
async function toldAfter(count: number): Promise<string[]> {
  const deadline = performance.now() + 20_000;
  while (told.length < count && performance.now() < deadline) await delay(5);
  return told.toSorted();
}

test('labs are told about the pods that are there, and what becomes of them', async () => {
  await start({
    lists: { [PODS]: [pod('rachel', 'Running', '90'), pod('ross', 'Pending', '91')] },
    watches: {
      [PODS]: [
        change('MODIFIED', pod('ross', 'Running', '101')) +
          change('MODIFIED', pod('ross', 'Running', '102')) +
          change('DELETED', pod('rachel', 'Running', '103')),
      ],
    },
  });

  expect(await toldAfter(3)).toEqual(['rachel Running', 'rachel gone uid-rachel', 'ross Running']);
});

test('events of starting pods are told, those of others not', async () => {
  await start({
    lists: { [PODS]: [pod('rachel', 'Pending', '90'), pod('ross', 'Running', '91')] },
    watches: {
      [EVENTS]: [
        change('ADDED', podEvent('rachel', 'Pulling', '101')) +
          change('ADDED', podEvent('ross', 'Killing', '102')) +
          change('ADDED', podEvent('nobody', 'Started', '103')) +
          change('DELETED', podEvent('rachel', 'Expired', '104')),
      ],
    },
  });

  expect(await toldAfter(2)).toEqual(['rachel Pulling', 'ross Running']);
});

test('where the newer event API is not permitted, core events are followed', async () => {
  await start({
    refused: [EVENTS],
    lists: { [PODS]: [pod('rachel', 'Pending', '90')] },
    watches: { [CORE_EVENTS]: [change('ADDED', podEvent('rachel', 'Pulling', '101', 'involvedObject'))] },
  });

  expect(await toldAfter(1)).toEqual(['rachel Pulling']);
  const selectors = server.requests.flatMap(({ path, query }) =>
    path === CORE_EVENTS && query['watch'] ? [query['fieldSelector']] : [],
  );
  expect(selectors).toEqual(['involvedObject.kind=Pod']);
});

test('the same watch tells prepulling how its pods end', async () => {
  const metadata = {
    name: 'prepull-a-node-1',
    namespace: 'nublado',
    labels: { 'nublado.lsst.io/category': 'prepuller' },
  };
  const prepullPod = (uid: string, phase: string, resourceVersion: string) => ({
    kind: 'Pod',
    metadata: { ...metadata, uid, resourceVersion },
    status: { phase },
  });
  await start({
    resumeAt: { pods: '95', events: '96' },
    lists: { [PODS]: [prepullPod('a', 'Succeeded', '94'), prepullPod('b', 'Pending', '95')] },
    watches: {
      [PODS]: [
        change('MODIFIED', prepullPod('b', 'Failed', '97')) +
          change('DELETED', prepullPod('a', 'Succeeded', '98')) +
          change('DELETED', prepullPod('c', 'Pending', '99')),
      ],
    },
  });

  expect(await toldAfter(2)).toEqual(['pull Failed', 'pull gone c']);
  const selectors = server.requests.flatMap(({ path, query }) =>
    path === PODS ? [query['labelSelector']] : [],
  );
  expect(new Set(selectors)).toEqual(new Set(['nublado.lsst.io/category in (lab,prepuller)']));
});

test('a successor goes on where its predecessor stopped', async () => {
  await start({
    resumeAt: { pods: '95', events: '96' },
    lists: { [PODS]: [pod('rachel', 'Running', '90'), pod('ross', 'Running', '98')] },
    watches: {
      [PODS]: [
        change('ADDED', pod('ross', 'Running', '98')) + change('DELETED', pod('monica', 'Running', '99')),
      ],
    },
  });

  expect(await toldAfter(2)).toEqual(['monica gone uid-monica', 'ross Running']);
  const versions = server.requests.flatMap(({ query }) => (query['watch'] ? [query['resourceVersion']] : []));
  expect(new Set(versions)).toEqual(new Set(['95', '96']));
});

test('each watch asks to be ended after the configured time', async () => {
  await start({
    lists: { [PODS]: [pod('rachel', 'Pending', '90')] },
    watches: {
      [PODS]: [change('ADDED', pod('ross', 'Running', '101'))],
      [EVENTS]: [change('ADDED', podEvent('rachel', 'Pulled', '102'))],
    },
  });

  expect(await toldAfter(2)).toEqual(['rachel Pulled', 'ross Running']);
  const limits = server.requests.flatMap(({ path, query }) =>
    query['watch'] ? [[path, query['timeoutSeconds']]] : [],
  );
  expect(Object.fromEntries(limits)).toEqual({ [PODS]: '90', [EVENTS]: '90' });
});

test('a pod that a later list lacks is told to be gone', async () => {
  const expired = `${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410 } })}\n`;
  await start({
    resumeAt: { pods: '95', events: '96' },
    lists: { [PODS]: [pod('ross', 'Running', '94')] },
    watches: { [PODS]: [change('ADDED', pod('rachel', 'Running', '97')) + expired] },
  });

  expect(await toldAfter(2)).toEqual(['rachel Running', 'rachel gone uid-rachel']);
});

test('watching that is refused altogether fails, so that it is tried again', async () => {
  await start({ refused: [PODS] });
  await expect(running).rejects.toMatchObject({ code: 403, verb: 'list' });
});

test('a cancelled watch ends at once and closes its connections', async () => {
  await start({ lists: { [PODS]: [pod('rachel', 'Running', '90')] } });
  expect(await toldAfter(1)).toEqual(['rachel Running']);
  environment.cancel();

  await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  await server.connectionClosed();
});
