import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { Fsadmin } from '../../src/api/dependencies';
import { createFsadmin } from '../../src/api/services/fsadmin';
import { timeouts } from '../../src/config/schema/limits';
import type { FsadminRecord } from '../../src/domain/fsadmin';
import { fsadminStart } from '../../src/workflow-clients/fsadmin';
import { FSADMIN_WORKFLOW_ID } from '../../src/workflow-clients/names';
import { startPod } from '../../src/workflows/fsadmin/messages';
import { eventually } from '../support/eventually';
import { FakeFsadminCluster, type FsadminStep, START_TIME } from '../support/fake-fsadmin-cluster';
import { type OwnWorkflows, startOwnWorkflows } from '../support/own-workflows';
import { sealer } from '../support/sealing';
import { LAB_TERMS } from '../unit/api/fakes';

const EVERYTHING = ['PersistentVolumeClaim', 'Pod'];
const CREATED = ['create PersistentVolumeClaim', 'create Pod'];
const REMOVED = ['remove Pod', 'remove PersistentVolumeClaim'];

let cluster: FakeFsadminCluster;
let workflows: OwnWorkflows;

/** Of the cluster of the present test. */
const activities: FakeFsadminCluster['activities'] = {
  readFsadmin: () => cluster.activities.readFsadmin(),
  createFsadmin: (request) => cluster.activities.createFsadmin(request),
  awaitFsadminPod: (pod) => cluster.activities.awaitFsadminPod(pod),
  removeFsadminObject: (object) => cluster.activities.removeFsadminObject(object),
};

beforeAll(async () => {
  workflows = await startOwnWorkflows({ controller: activities });
});

beforeEach(() => {
  cluster = new FakeFsadminCluster();
});

afterEach(async () => {
  await handle()
    .terminate()
    .catch(() => undefined);
});

afterAll(() => workflows.close(), 30_000);

/** The handle of the latest run. */
const handle = () => workflows.temporal.client.workflow.getHandle(FSADMIN_WORKFLOW_ID);

/** The API's client of the workflow, with these timeouts in its configuration. */
function fsadminWith(timeoutMs = 60_000, runCheckMs = 60_000): Fsadmin {
  const settings = {
    ...LAB_TERMS.settings,
    fsadmin: { timeoutMs },
    timeouts: { ...timeouts.parse({}), runCheckMs },
  };
  return createFsadmin(workflows.temporal.client, { terms: () => ({ ...LAB_TERMS, settings }), sealer });
}

/** Waits until the workflow has accepted so many requests. */
const untilAccepted = (count: number) =>
  eventually(
    async () => (await handle().fetchHistory()).events ?? [],
    (events) =>
      events.filter(({ workflowExecutionUpdateAcceptedEventAttributes: accepted }) => accepted).length ===
      count,
  );

const untilCalled = (step: FsadminStep, times = 1) =>
  eventually(
    async () => cluster.calls.filter((called) => called === step).length,
    (count) => count >= times,
  );

const record = async () => (await handle().describe()).memo?.['fsadmin'] as FsadminRecord | undefined;

const untilStatus = (status: FsadminRecord['status']) =>
  eventually(record, (found) => found?.status === status);

async function untilClosed(): Promise<string> {
  const { status } = await eventually(
    () => handle().describe(),
    ({ status }) => status.name !== 'RUNNING' && status.name !== 'CONTINUED_AS_NEW',
  );
  return status.name;
}

const details = async () =>
  (await handle().query<{ currentDetails: string }>('__temporal_workflow_metadata')).currentDetails;

const keep = (name: string) => workflows.record(name, FSADMIN_WORKFLOW_ID);

test('the pod is created after its claims, read, and removed before them', async () => {
  const fsadmin = fsadminWith();

  expect(await fsadmin.start('rachel')).toEqual({ startTime: START_TIME });
  expect(await fsadmin.read('rachel')).toEqual({ startTime: START_TIME });
  expect(cluster.done).toEqual(CREATED);
  expect(await record()).toMatchObject({ status: 'running', startTime: START_TIME, requester: 'rachel' });
  await fsadmin.remove(null);
  expect(cluster.done).toEqual([...CREATED, ...REMOVED]);
  expect(await untilClosed()).toBe('COMPLETED');
  keep('fsadmin');
});

test('a pod that runs is left as it is by a start', async () => {
  const fsadmin = fsadminWith();
  await fsadmin.start(null);

  expect(await fsadmin.start(null)).toEqual({ startTime: START_TIME });
  expect(cluster.done).toEqual(CREATED);
});

test('without a pod, a read says which one there is not, and a removal succeeds', async () => {
  const fsadmin = fsadminWith();

  await expect(fsadmin.read(null)).rejects.toMatchObject({ code: 'not_found', message: 'nublado/fsadmin' });
  expect(await untilClosed()).toBe('COMPLETED');
  keep('fsadmin-absent');
  await fsadmin.remove(null);
  expect(cluster.done).toEqual([]);
});

test('requests take turns: starts at once make one pod, and a removal among them goes by its place', async () => {
  const fsadmin = fsadminWith();
  const release = cluster.hold('create');
  const first = fsadmin.start('first');
  await untilCalled('create');
  const removal = fsadmin.remove('second');
  await untilAccepted(2);
  const [third, fourth] = [fsadmin.start('third'), fsadmin.start('fourth')];
  release();

  await expect(Promise.all([first, third, fourth])).resolves.toEqual(
    Array.from({ length: 3 }, () => ({ startTime: START_TIME })),
  );
  await removal;
  expect(cluster.done).toEqual([...CREATED, ...REMOVED, ...CREATED]);
});

test('more requests than Temporal takes at a time are carried out or refused as unavailable', async () => {
  const fsadmin = fsadminWith();
  const outcomes = await Promise.allSettled(Array.from({ length: 25 }, () => fsadmin.start(null)));
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));

  expect(failures.filter(({ code }) => code !== 'workflow_unavailable')).toEqual([]);
  expect(failures.length).toBeLessThan(25);
  expect(cluster.done).toEqual(CREATED);
});

describe('what is there before a start', () => {
  test('a finished pod is removed before a start, and then its claims, which it protects', async () => {
    cluster.leave('PersistentVolumeClaim');
    cluster.leave('Pod', 'Succeeded');
    const fsadmin = fsadminWith();

    await expect(fsadmin.read(null)).rejects.toMatchObject({ code: 'invalid_phase', message: 'Succeeded' });
    await fsadmin.start(null);
    expect(cluster.done).toEqual([...REMOVED, ...CREATED]);
    await fsadmin.remove(null);
    await untilClosed();
    keep('fsadmin-replaced');
  });

  test('a claim without a pod is replaced by a start', async () => {
    cluster.leave('PersistentVolumeClaim');
    await fsadminWith().start(null);

    expect(cluster.done).toEqual(['remove PersistentVolumeClaim', ...CREATED]);
  });

  test.each(['Pod', 'PersistentVolumeClaim'] as const)(
    'a %s of another creation, which turns up during a start, is removed',
    async (kind) => {
      cluster.late = kind;
      await fsadminWith().start(null);

      expect(cluster.done).toContain(`remove ${kind}`);
      expect(cluster.kinds).toEqual(EVERYTHING);
    },
  );
});

describe('a start that fails', () => {
  test('a start whose pod ends at once is answered with the phase, and the pod stays to be looked at', async () => {
    cluster.newPhase = 'Succeeded';
    const fsadmin = fsadminWith();

    await expect(fsadmin.start(null)).rejects.toMatchObject({ code: 'invalid_phase', message: 'Succeeded' });
    expect(await record()).toMatchObject({ status: 'failed', failure: { reason: 'PodFinished' } });
    expect(cluster.kinds).toEqual(EVERYTHING);
    await fsadmin.remove(null);
    await untilClosed();
    keep('fsadmin-finished');
  });

  test('a start whose pod does not leave Pending is answered when its time is up, and says what the pod waits for', async () => {
    cluster.newPhase = 'Pending';
    cluster.obstacle = 'The pod does not start. Unschedulable, no node is large enough';
    const fsadmin = fsadminWith(2_500);

    await expect(fsadmin.start(null)).rejects.toMatchObject({ code: 'invalid_phase', message: 'Pending' });
    expect(await record()).toMatchObject({
      status: 'failed',
      failure: {
        reason: 'SpawnTimeout',
        message:
          'File system administration timed out after 2.5s while waiting for the pod to run: ' +
          'The pod does not start. Unschedulable, no node is large enough',
      },
    });
    cluster.obstacle = null;
    await fsadmin.remove(null);
    await untilClosed();
    keep('fsadmin-start-timeout');
  });

  test('what a start waits for is shown to operators, and its status can be searched', async () => {
    cluster.newPhase = 'Pending';
    cluster.obstacle = 'The pod does not start. ErrImagePull';
    const started = fsadminWith().start('rachel');
    const shown = await eventually(details, (text) => text.includes('ErrImagePull'));
    const { typedSearchAttributes, staticSummary } = await handle()
      .describe()
      .then(async (description) => ({
        typedSearchAttributes: description.typedSearchAttributes,
        staticSummary: await description.staticSummary(),
      }));

    expect(shown).toMatch(/^\*\*start: waiting for the pod to run\*\*\n\nsince .*\n\nThe pod does not start/);
    expect(staticSummary).toBe('File system administration');
    expect(JSON.stringify(typedSearchAttributes.getAll())).toContain('pending');
    cluster.become('Running');
    await started;
  });

  test('a start whose pod is deleted by others finds no pod', async () => {
    cluster.newPhase = 'Pending';
    const started = fsadminWith().start(null);
    await untilCalled('await');
    cluster.lose();

    await expect(started).rejects.toMatchObject({ code: 'not_found', message: 'nublado/fsadmin' });
  });

  test.each([
    ['KubernetesForbidden', 'kubernetes_error'],
    ['ObjectConflict', 'kubernetes_error'],
    ['PlanRefused', 'permission_denied'],
  ])('a start that ends with %s is answered as %s', async (type, code) => {
    cluster.break('create', ApplicationFailure.create({ type, message: 'no', nonRetryable: true }));
    const fsadmin = fsadminWith();

    await expect(fsadmin.start(null)).rejects.toMatchObject({ code, message: 'no' });
    expect(await record()).toMatchObject({ status: 'failed', failure: { reason: type, message: 'no' } });
    keep(`fsadmin-${code.replaceAll('_', '-')}`);
  });

  test('a start that waits too long for the requests before it is not begun', async () => {
    const release = cluster.hold('create');
    const first = fsadminWith().start(null);
    await untilCalled('create');
    const second = fsadminWith(300).start(null);
    second.catch(() => undefined);
    await untilAccepted(2);
    // Its deadline has to pass.
    await delay(300);
    release();

    await first;
    await expect(second).rejects.toMatchObject({ code: 'workflow_timeout' });
  });
});

describe('a removal', () => {
  test('a removal that is not done in time says what keeps it', async () => {
    const fsadmin = fsadminWith();
    await fsadmin.start(null);
    cluster.obstacle = 'Pod fsadmin is being deleted and kept by example.com/hold.';

    await expect(fsadminWith(2_500).remove(null)).rejects.toMatchObject({ code: 'kubernetes_error' });
    const { failure, status } = (await record()) ?? {};
    expect({ status, ...failure }).toMatchObject({ status: 'failed', reason: 'DeleteTimeout' });
    expect(failure?.message).toContain(
      'while deleting pod fsadmin: Pod fsadmin is being deleted and kept by',
    );
    cluster.obstacle = null;
    await fsadmin.remove(null);
    expect(await untilClosed()).toBe('COMPLETED');
    keep('fsadmin-removal-timeout');
  });
});

describe('an operator’s order', () => {
  test('an operator’s order ends a start, whose caller finds no pod', async () => {
    cluster.newPhase = 'Pending';
    const started = fsadminWith().start(null);
    await untilCalled('await');
    await handle().signal('forceShutdown', { reason: 'maintenance' });

    await expect(started).rejects.toMatchObject({
      code: 'not_found',
      message: 'An operator has removed the pod',
    });
    expect(await untilClosed()).toBe('COMPLETED');
    expect(cluster.kinds).toEqual([]);
    expect(cluster.graces).toEqual([0]);
    keep('fsadmin-start-forced');
  });

  test('an operator’s order removes a pod whose removal is stuck, and the caller of the removal is answered', async () => {
    const fsadmin = fsadminWith();
    await fsadmin.start(null);
    cluster.obstacle = 'Pod fsadmin is being deleted and kept by example.com/hold.';
    const removal = fsadmin.remove(null);
    await eventually(details, (text) => text.includes('example.com/hold'));
    await handle().signal('forceShutdown');

    await removal;
    expect(cluster.kinds).toEqual([]);
    expect(await untilClosed()).toBe('COMPLETED');
    keep('fsadmin-removal-forced');
  });

  test('a cancelled workflow removes its pod, with its grace period, and ends', async () => {
    await fsadminWith().start(null);
    await handle().cancel();

    expect(await untilClosed()).toBe('COMPLETED');
    expect(cluster.kinds).toEqual([]);
    expect(cluster.graces).toEqual([1_000]);
    keep('fsadmin-cancelled');
  });
});

describe('a pod without a workflow', () => {
  test('a pod that runs is found by a read after Temporal has lost its data, and removed as any other', async () => {
    cluster.leave('PersistentVolumeClaim');
    cluster.leave('Pod');
    const fsadmin = fsadminWith();

    expect(await fsadmin.read(null)).toEqual({ startTime: START_TIME });
    expect(await untilStatus('running')).toMatchObject({ startTime: START_TIME });
    expect((await handle().describe()).status.name).toBe('RUNNING');
    await fsadmin.remove(null);
    expect(cluster.done).toEqual(REMOVED);
    await untilClosed();
    keep('fsadmin-found');
  });
});

describe('a quiet pod', () => {
  test('a quiet pod’s workflow continues as new, keeps its record, and goes on', async () => {
    const fsadmin = fsadminWith(60_000, 300);
    await fsadmin.start('rachel');
    const { runId } = await handle().describe();
    await eventually(
      () => handle().describe(),
      (description) => description.runId !== runId,
    );

    expect(await record()).toMatchObject({ status: 'running', requester: 'rachel' });
    await fsadmin.remove(null);
    expect(await untilClosed()).toBe('COMPLETED');
    keep('fsadmin-continued-as-new');
  });

  test('a pod that has finished is noticed by the next check', async () => {
    await fsadminWith(60_000, 300).start(null);
    cluster.become('Failed');

    expect((await untilStatus('failed'))?.failure?.reason).toBe('PodFailed');
  });

  test('a pod that was deleted with its claims is noticed by the next check, and the workflow ends', async () => {
    await fsadminWith(60_000, 300).start(null);
    cluster.lose();

    expect(await untilClosed()).toBe('COMPLETED');
  });
});

test('a worker that is stopped in the middle of a start is replaced, and the start goes on', async () => {
  cluster.newPhase = 'Pending';
  const started = fsadminWith().start(null);
  await untilCalled('await');
  await workflows.worker.stop();
  cluster.become('Running');
  await workflows.worker.start();

  expect(await started).toEqual({ startTime: START_TIME });
  expect(cluster.done).toEqual(CREATED);
});

test('a start made by hand, without a seal, is refused before it leaves a trace', async () => {
  const requested = {
    requester: null,
    timeouts: { operationMs: 60_000, checkMs: 60_000, kubernetesRequestMs: 5_000 },
  };
  const { client } = workflows.temporal;
  await client.workflow.start('fsadmin', fsadminStart(requested.timeouts));
  const refused = handle().executeUpdate(startPod, { args: [requested as never] });

  await expect(refused).rejects.toMatchObject({ cause: { type: 'UnreadableArgument' } });
  expect(cluster.calls).toEqual([]);
});
