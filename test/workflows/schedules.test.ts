import { type ScheduleDescription, ScheduleNotFoundError } from '@temporalio/client';
import { pino } from 'pino';
import { type ConfigVersion, configVersion } from '../../src/config/config';
import { type Ensured, keepUp, type Upkeep } from '../../src/process/upkeep';
import { schedulePasses } from '../../src/temporal/schedules';
import { ensuredByWorker } from '../../src/worker/ensured';
import { createWorkerMetrics } from '../../src/worker/metrics';
import { PREPULL_WORKFLOW_ID } from '../../src/workflow-clients/names';
import { prepullSettings, wantPulls } from '../../src/workflow-clients/prepull';
import { SCHEDULES } from '../../src/workflow-clients/schedules';
import { eventually } from '../support/eventually';
import { type OwnNamespace, ownNamespace } from '../support/own-namespace';
import { aPull } from '../support/prepull-harness';
import { theStack } from '../support/stack';
import { aDocument, ENVIRONMENT } from '../unit/config/sample-documents';

const DOCKER = { type: 'docker', registry: 'registry.test', repository: 'lab' };
const METADATA = { name: null, namespace: 'nublado', uid: null };
const STATIC = { type: 'static', images: [{ name: 'a', reference: 'registry.test/lab:a' }] };

let temporal: OwnNamespace;
let current: ConfigVersion;
let upkeeps: Upkeep[];
let closing: AbortController;

/** No worker runs what the schedules start. */
beforeEach(async () => {
  temporal = await ownNamespace(theStack().temporal.address);
  closing = new AbortController();
  upkeeps = [];
});

afterEach(async () => {
  closing.abort();
  await Promise.all(upkeeps.map(({ ended }) => ended));
  await temporal.connection.close();
});

interface Keys {
  readonly images: object;
  readonly fileserver?: object;
}

function aVersion(keys: Keys): ConfigVersion {
  return configVersion(JSON.stringify(aDocument({ ...keys })), ENVIRONMENT, () => '0123456789abcdef');
}

function change(images: object): void {
  current = aVersion({ images });
  for (const upkeep of upkeeps) upkeep.checkNow();
}

/** The upkeep of one worker with this configuration, once everything has been made. Each check asks the schedules themselves, which answer slowly when asked too often. */
async function aWorker(images: object, more: Partial<Keys> = {}): Promise<void> {
  current = aVersion({ images, ...more });
  const { config } = current;
  const liveConfig = {
    get current() {
      return current;
    },
    refused: null,
    refresh: () => undefined,
    onChange: () => undefined,
    close: () => undefined,
  };
  const { client } = temporal;
  const logger = pino({ level: 'silent' });
  const temporalClient = { client, address: '', check: async () => undefined, close: async () => undefined };
  const all: Ensured[] = ensuredByWorker({
    config,
    liveConfig,
    logger,
    metadata: METADATA,
    temporal: temporalClient,
  })
    .filter(({ name }) => name.startsWith('schedule'))
    .map((ensured) => ({ ...ensured, checkMs: 1_000 }));
  for (const { ensure } of all) await ensure();
  upkeeps.push(keepUp(all, { client, logger, signal: closing.signal }));
}

const handle = (id = 'refresh-images') => temporal.client.schedule.getHandle(id);

const intervalOf = ({ spec }: ScheduleDescription) => spec.intervals?.[0]?.every;

async function exists(): Promise<boolean> {
  try {
    await handle().describe();
    return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw error;
  }
}

/** Passes begun, and those left out because one was under way. */
const passes = ({ info }: ScheduleDescription) => info.numActionsTaken + info.numActionsSkippedOverlap;

const untilPasses = (count: number) =>
  eventually(
    () => handle().describe(),
    (description) => passes(description) >= count,
  );

test('images are refreshed at once, and then at the configured interval', async () => {
  await aWorker({ source: DOCKER, refreshInterval: '90s' });
  const description = await untilPasses(1);

  expect(intervalOf(description)).toBe(90_000);
  expect(description.action).toMatchObject({ workflowType: 'refreshImages', taskQueue: 'controller' });
  expect(intervalOf(await handle('reconcile-labs').describe())).toBe(300_000);
});

test('a fixed list is never refreshed, and a repository configured later is', async () => {
  await aWorker({ source: STATIC });
  expect(await exists()).toBe(false);
  change({ source: DOCKER });
  await eventually(exists, (isThere) => isThere);
  await untilPasses(1);
  change({ source: STATIC });

  await eventually(exists, (isThere) => !isThere);
});

test('with a fixed list, what nodes were to pull from the repository is taken back', async () => {
  await aWorker({ source: DOCKER });
  const settings = prepullSettings(current.config, METADATA.namespace);
  await wantPulls(temporal.client, { pulls: [aPull('a to n1')], settings });
  change({ source: STATIC });
  const prepull = temporal.client.workflow.getHandle(PREPULL_WORKFLOW_ID);
  const signals = await eventually(
    async () => {
      const { events } = await prepull.fetchHistory();
      return (events ?? []).flatMap((event) => event.workflowExecutionSignaledEventAttributes ?? []);
    },
    ({ length }) => length > 1,
  );

  expect(signals.map(({ signalName }) => signalName)).toEqual(['pullsWanted', 'pullsWanted']);
  expect(String(signals[1]?.input?.payloads?.[0]?.data)).toContain('"pulls":[]');
});

test('passes over file servers run at their interval, and end with a worker that has them disabled', async () => {
  const find = () =>
    handle('reconcile-file-servers')
      .describe()
      .catch((error: unknown) => {
        if (error instanceof ScheduleNotFoundError) return null;
        throw error;
      });
  const fileserver = { enabled: true, namespace: 'files', reconcileInterval: '20m' };
  await aWorker({ source: STATIC }, { fileserver });
  const description = await eventually(find, (seen) => seen !== null && passes(seen) > 0);
  expect(description && intervalOf(description)).toBe(1_200_000);
  expect(description?.action).toMatchObject({
    workflowType: 'reconcileFileServers',
    taskQueue: 'controller',
  });

  closing.abort();
  await aWorker({ source: STATIC });
  expect(await find()).toBeNull();
});

test('another interval takes effect with the change', async () => {
  await aWorker({ source: DOCKER });
  expect(intervalOf(await handle().describe())).toBe(300_000);
  change({ source: DOCKER, refreshInterval: '1h' });

  await eventually(
    () => handle().describe(),
    (description) => intervalOf(description) === 3_600_000,
  );
});

test('a change of the images configuration triggers a pass after the one under way, which has not read it', async () => {
  await aWorker({ source: DOCKER });
  const { info } = await untilPasses(1);
  change({ source: { ...DOCKER, repository: 'other' } });
  await eventually(
    () => handle().describe(),
    ({ raw }) => Number(raw.info?.bufferSize) === 1,
  );
  const underWay = info.recentActions[0]?.action.workflow.workflowId ?? '';
  await temporal.client.workflow.getHandle(underWay).terminate();

  expect((await untilPasses(2)).info).toMatchObject({ numActionsTaken: 2, numActionsSkippedOverlap: 0 });
});

test.each(['refresh-images', 'reconcile-labs'])(
  '%s is made again when it was deleted, and a pass runs',
  async (id) => {
    await aWorker({ source: DOCKER, refreshInterval: '90s' });
    const { info } = await handle(id).describe();
    await handle(id).delete();
    const again = await eventually(
      () =>
        handle(id)
          .describe()
          .catch(() => null),
      (description) => description !== null && passes(description) > 0,
    );

    expect(again?.info.createdAt.getTime()).toBeGreaterThan(info.createdAt.getTime());
    expect(again && intervalOf(again)).toBe(id === 'refresh-images' ? 90_000 : 300_000);
  },
);

test('a schedule that is disabled is removed, also one that another worker creates again', async () => {
  await aWorker({ source: DOCKER });
  change({ source: STATIC });
  await eventually(exists, (isThere) => !isThere);
  // It may be removed before the last call of this.
  await schedulePasses(temporal.client, SCHEDULES.refreshImages, 300_000).catch(() => undefined);

  expect(await eventually(exists, (isThere) => !isThere)).toBe(false);
});

test('a schedule paused by operators stays paused, in spite of the upkeep, and the metrics show that', async () => {
  const { registry } = createWorkerMetrics(temporal.client);
  const paused = async () => {
    const metric = await registry.getSingleMetric('nublado_schedule_paused')?.get();
    return Object.fromEntries((metric?.values ?? []).map(({ labels, value }) => [labels['schedule'], value]));
  };
  expect(await paused()).toEqual({});
  await aWorker({ source: DOCKER });
  const whole = (states: object): boolean => Object.keys(states).length === 2;
  expect(await eventually(paused, whole)).toEqual({ 'refresh-images': 0, 'reconcile-labs': 0 });
  await handle('reconcile-labs').pause('the cluster is being moved');
  for (const upkeep of upkeeps) upkeep.checkNow();
  await handle().delete();
  await eventually(exists, (isThere) => isThere);

  const told = await eventually(paused, (states) => whole(states) && states['reconcile-labs'] === 1);
  expect(told).toEqual({ 'refresh-images': 0, 'reconcile-labs': 1 });
  expect((await handle('reconcile-labs').describe()).state.note).toBe('the cluster is being moved');
});

test('a schedule that operators have paused stays so when its interval is changed', async () => {
  await aWorker({ source: DOCKER });
  const { info } = await untilPasses(1);
  await handle().pause('the registry is being moved');
  change({ source: DOCKER, refreshInterval: '1h' });
  const description = await eventually(
    () => handle().describe(),
    (seen) => intervalOf(seen) === 3_600_000,
  );

  expect(description.state).toMatchObject({ paused: true, note: 'the registry is being moved' });
  expect(description.info.numActionsTaken).toBe(info.numActionsTaken);
});
