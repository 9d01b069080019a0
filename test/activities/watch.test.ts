import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import { createWatchActivities, Watch, type WatchDependencies } from '../../src/activities/watch/activity';
import { readCheckpoint } from '../../src/activities/watch/checkpoint';
import type { WatchedKind } from '../../src/activities/watch/kinds';
import { labKind } from '../../src/activities/watch/lab-sink';
import { prepullKind } from '../../src/activities/watch/prepull-sink';
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
let dependencies: WatchDependencies;
/** Holds up or fails signals to labs. */
let transport: (user: string) => Promise<void>;
let logged: Record<string, unknown>[];

interface Script {
  /** What watches of these collections tell, a text per watch; then they stay open. */
  readonly watches?: Readonly<Record<string, string[]>>;
  readonly lists?: Readonly<Record<string, object[]>>;
  /** Collections that are refused. */
  readonly refused?: readonly string[];
  readonly resumeAt?: Readonly<Record<string, string>>;
  /** Collections of which the API server says that it cannot serve them now. */
  readonly unavailable?: readonly string[];
  /** Watched beside labs and prepulling. */
  readonly furtherKinds?: readonly WatchedKind[];
}

beforeEach(() => {
  transport = async () => undefined;
  logged = [];
});

async function serve(script: Script): Promise<void> {
  const { watches = {}, lists = {}, refused = [], unavailable = [], furtherKinds = [] } = script;
  const left = structuredClone(watches) as Record<string, string[]>;
  const answer: Answer = (response, request) => {
    const { path, query } = request;
    if (refused.includes(path)) return status(403, 'Forbidden')(response, request);
    if (unavailable.includes(path)) return status(503, 'ServiceUnavailable')(response, request);
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
  const logger = pino({ level: 'warn' }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const labs = labKind({
    observer,
    logger,
    async send(user, { changes, events }) {
      await transport(user);
      told.push(...events.map(({ reason }) => `${user} ${reason}`));
      const states = changes.map((it) => (it.pod ? it.pod.phase : `gone ${it.uid}`));
      told.push(...states.map((state) => `${user} ${state}`));
    },
  });
  const pulls = prepullKind({
    namespace: 'nublado',
    logger,
    async send({ changes }) {
      told.push(
        ...changes.map((it) => `pull ${it.pod ? (it.pod.reason ?? it.pod.phase) : `gone ${it.uid}`}`),
      );
    },
  });
  const kinds = [labs, pulls, ...furtherKinds];
  dependencies = { kubernetes, kinds, logger, errorDelayMs: 500, reconnectMs: 90_000 };
}

async function start(script: Script): Promise<void> {
  await serve(script);
  const activities = createWatchActivities(dependencies);
  environment = new MockActivityEnvironment({ heartbeatDetails: script.resumeAt }, { logger: silence });
  running = environment.run(() => activities.watchLabs());
  running.catch(() => undefined);
}

/** One attempt whose checkpoint can be read at any time. */
async function aWatch(script: Script): Promise<Watch> {
  await serve(script);
  environment = new MockActivityEnvironment();
  const { promise, resolve } = Promise.withResolvers<Watch>();
  running = environment.run(async () => {
    const watch = new Watch(
      dependencies,
      readCheckpoint(script.resumeAt),
      Context.current().cancellationSignal,
    );
    resolve(watch);
    await watch.run().finally(() => watch.close());
  });
  running.catch(() => undefined);
  return promise;
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

/** Waits until something holds, at most for a while. */
async function until(isReached: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!isReached() && performance.now() < deadline) await delay(5);
}

/** Waits until that many things have been told; gives them sorted. */
async function toldAfter(count: number): Promise<string[]> {
  await until(() => told.length >= count);
  return told.toSorted();
}

test('labs get their present pods, and later changes', async () => {
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

test('events of starting pods are sent, those of others are not', async () => {
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

test('the same watch sends the ends of prepull pods to prepulling', async () => {
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

test('a pod that a later list lacks is sent as gone', async () => {
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

test('a checkpoint does not pass an undelivered change of one lab, and does pass the delivered ones of all others', async () => {
  const slow = Promise.withResolvers<void>();
  transport = (user) => (user === 'slow' ? slow.promise : Promise.resolve());
  const watch = await aWatch({
    resumeAt: { pods: '95', events: '96' },
    watches: {
      [PODS]: [
        change('ADDED', pod('ross', 'Running', '97')) +
          change('ADDED', pod('slow', 'Running', '98')) +
          change('ADDED', pod('rachel', 'Running', '99')),
      ],
    },
  });
  expect(await toldAfter(2)).toEqual(['rachel Running', 'ross Running']);
  expect(watch.checkpoint().versions).toEqual({ pods: '97', events: '96' });
  slow.resolve();
  await toldAfter(3);

  expect(watch.checkpoint().versions).toEqual({ pods: '99', events: '96' });
});

test('a checkpoint has the time of the API server’s last answer, and keeps entries of other versions', async () => {
  const takenAt = '2077-10-23T09:47:00.000Z';
  const resumeAt = { pods: '95', events: '96', jobs: '12', takenAt };
  const refusing = await aWatch({ resumeAt, unavailable: [PODS] });
  await until(() => logged.some(({ msg }) => msg === 'watch interrupted'));
  expect(refusing.checkpoint()).toEqual({ versions: { pods: '95', events: '96', jobs: '12' }, takenAt });
  environment.cancel();
  await running.catch(() => undefined);
  await Promise.all([kubernetes.close(), server.close()]);

  const before = new Date().toISOString();
  const watch = await aWatch({
    resumeAt,
    watches: { [PODS]: [change('ADDED', pod('ross', 'Running', '97'))] },
  });
  await toldAfter(1);
  expect((watch.checkpoint().takenAt ?? '') >= before).toBe(true);
});

test.each<[string, object]>([
  ['no metadata', { kind: 'Pod' }],
  ['no UID', { kind: 'Pod', metadata: { name: 'odd', resourceVersion: '91' } }],
  [
    'labels that are none',
    { kind: 'Pod', metadata: { uid: 'odd', resourceVersion: '91', labels: 'nublado' } },
  ],
])('a pod with %s is skipped, and those beside it are watched', async (_, odd) => {
  await start({ lists: { [PODS]: [odd, pod('rachel', 'Running', '90')] } });

  expect(await toldAfter(1)).toEqual(['rachel Running']);
});

test('a pod whose status is malformed is watched by what can be read of it', async () => {
  const odd = {
    ...pod('odd', 'Running', '91'),
    spec: 'none',
    status: { phase: 'Running', containerStatuses: 'none' },
  };
  await start({ lists: { [PODS]: [odd, pod('rachel', 'Running', '90')] } });

  expect(await toldAfter(1)).toEqual(['odd Running', 'rachel Running']);
});

test('an object that cannot be handled is logged, and the watch goes on behind it', async () => {
  const odd = { kind: 'Pod', metadata: { name: 'odd', resourceVersion: '97' } };
  const watch = await aWatch({
    resumeAt: { pods: '95', events: '96' },
    watches: { [PODS]: [change('ADDED', odd) + change('ADDED', pod('rachel', 'Running', '98'))] },
  });

  expect(await toldAfter(1)).toEqual(['rachel Running']);
  expect(logged).toContainEqual(
    expect.objectContaining({ msg: 'malformed object skipped', collection: 'pods', name: 'odd' }),
  );
  expect(watch.checkpoint().versions['pods']).toBe('98');
});

test('pods whose versions cannot be compared with the checkpoint are sent again by the next attempt', async () => {
  await start({
    resumeAt: { pods: '95', events: '96' },
    lists: { [PODS]: [pod('rachel', 'Running', 'opaque'), pod('ross', 'Running', '94')] },
    watches: { [PODS]: [change('DELETED', pod('ross', 'Running', '97'))] },
  });

  expect(await toldAfter(2)).toEqual(['rachel Running', 'ross gone uid-ross']);
});

test('a list with an object that has no UID does not remove others', async () => {
  const expired = `${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410 } })}\n`;
  await start({
    resumeAt: { pods: '95', events: '96' },
    lists: { [PODS]: [pod('ross', 'Running', '94'), { kind: 'Pod', metadata: { resourceVersion: '93' } }] },
    watches: {
      [PODS]: [
        change('ADDED', pod('rachel', 'Running', '97')) + expired,
        change('ADDED', pod('monica', 'Running', '101')),
      ],
    },
  });

  expect(await toldAfter(2)).toEqual(['monica Running', 'rachel Running']);
});

test('a further kind is watched by its label, and with a collection of its own, beside the others', async () => {
  const JOBS = '/apis/batch/v1/namespaces/files/jobs';
  const fileServers: WatchedKind = {
    category: 'fileserver',
    openSink: () => ({
      recall: () => undefined,
      upsert: ({ metadata }) => void told.push(`server ${metadata?.name}`),
      remove: () => undefined,
      retain: () => undefined,
      close: () => undefined,
      collections: [
        {
          name: 'fileserver-jobs',
          path: JOBS,
          handle: ({ type, object }) => void told.push(`job ${type} ${object.metadata?.uid}`),
        },
      ],
    }),
  };
  const labels = { 'nublado.lsst.io/category': 'fileserver' };
  const watch = await aWatch({
    furtherKinds: [fileServers],
    lists: {
      [PODS]: [
        pod('rachel', 'Running', '90'),
        { metadata: { name: 'files-ross', uid: 'f', resourceVersion: '91', labels } },
      ],
    },
    watches: { [JOBS]: [change('DELETED', { metadata: { uid: 'j', resourceVersion: '107' } })] },
  });

  expect(await toldAfter(3)).toEqual(['job DELETED j', 'rachel Running', 'server files-ross']);
  await until(() => watch.checkpoint().versions['events'] === '100');
  expect(watch.checkpoint().versions).toEqual({ pods: '100', events: '100', 'fileserver-jobs': '107' });
});
