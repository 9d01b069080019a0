import { type ScheduleDescription, ScheduleNotFoundError } from '@temporalio/client';
import { pino } from 'pino';
import { prepullSettings, wantPulls } from '../../src/activities/prepull-starter';
import { type ConfigVersion, configVersion } from '../../src/config/config-version';
import { PREPULL_WORKFLOW_ID } from '../../src/temporal/ids';
import { keepScheduled } from '../../src/worker/schedules';
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
let listeners: ((version: ConfigVersion) => void)[];
const closing = new AbortController();

/** Nobody runs what the schedules start. */
beforeEach(async () => {
  temporal = await ownNamespace(theStack().temporal.address);
  listeners = [];
});

afterEach(() => temporal.connection.close());

function aVersion(images: object): ConfigVersion {
  return configVersion(JSON.stringify(aDocument({ images })), ENVIRONMENT, () => '0123456789abcdef');
}

function change(images: object): void {
  current = aVersion(images);
  for (const listener of listeners) listener(current);
}

async function schedule(images: object): Promise<void> {
  current = aVersion(images);
  const liveConfig = {
    get current() {
      return current;
    },
    refused: null,
    refresh: () => undefined,
    onChange: (listener: (version: ConfigVersion) => void) => void listeners.push(listener),
    close: () => undefined,
  };
  const client = { client: temporal.client, check: async () => undefined, close: async () => undefined };
  const logger = pino({ level: 'silent' });
  await keepScheduled({ liveConfig, logger, metadata: METADATA, temporal: client }, closing.signal).settled();
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
  await schedule({ source: DOCKER, refreshInterval: '90s' });
  const description = await untilPasses(1);

  expect(intervalOf(description)).toBe(90_000);
  expect(description.action).toMatchObject({ workflowType: 'refreshImages', taskQueue: 'controller' });
  expect(intervalOf(await handle('reconcile-labs').describe())).toBe(300_000);
});

test('a fixed list is never refreshed, and a repository configured later is', async () => {
  await schedule({ source: STATIC });
  expect(await exists()).toBe(false);
  change({ source: DOCKER });
  await eventually(exists, (isThere) => isThere);
  await untilPasses(1);
  change({ source: STATIC });

  await eventually(exists, (isThere) => !isThere);
});

test('with a fixed list, what nodes were to pull from the repository is taken back', async () => {
  await schedule({ source: DOCKER });
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

test('another interval takes effect with the change', async () => {
  await schedule({ source: DOCKER });
  expect(intervalOf(await handle().describe())).toBe(300_000);
  change({ source: DOCKER, refreshInterval: '1h' });

  await eventually(
    () => handle().describe(),
    (description) => intervalOf(description) === 3_600_000,
  );
});

test('what else is said of images is acted upon after the pass under way, which has not read it', async () => {
  await schedule({ source: DOCKER });
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

test('a schedule that operators have paused stays so', async () => {
  await schedule({ source: DOCKER });
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
