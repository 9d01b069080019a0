import { ApplicationFailure } from '@temporalio/common';
import { fileServerWorkflowId } from '../../src/domain/file-server-key';
import { checkFileServer } from '../../src/workflows/fileserver/messages';
import { AN_IMAGE, aPodEvent } from '../support/builders';
import { eventually } from '../support/eventually';
import { anEnsureRequest, answerOf, type FileServerUnderTest } from '../support/file-server-under-test';
import { recordRun } from '../support/history-recorder';
import { startWorkflowHarness, type WorkflowHarness } from '../support/workflow-harness';

let harness: WorkflowHarness;

beforeAll(async () => {
  harness = await startWorkflowHarness();
});

afterAll(() => harness.close(), 30_000);

/** Keeps the latest run as a replay fixture, of user rachel. */
function record(name: string, { username }: FileServerUnderTest, runId?: string): void {
  const run = { workflowId: fileServerWorkflowId(username), ...(runId && { runId }) };
  recordRun(`fileserver-${name}`, run, (text) => text.replaceAll(username, 'rachel'));
}

const refused = (type: string, message: string) => ({ type, message });
const DELETED = refused(
  'file_server_create_failed',
  'The file server was deleted while it was being created',
);

describe('a creation', () => {
  test('ends once the pod runs and requests arrive, and the file server is listed', async () => {
    const server = harness.aFileServer();
    const { operationId } = await server.startRunning();

    expect(await server.record()).toMatchObject({
      username: server.username,
      namespace: 'fileservers',
      phase: 'running',
      operationId,
      failure: null,
      end: null,
      isAdopted: false,
    });
    expect(await server.servers.running()).toContain(server.username);
    expect(await server.servers.find(server.username)).toMatchObject({ phase: 'running' });
  });

  test('is seen by operators as that of a lab is', async () => {
    const server = harness.aFileServer();
    await server.startRunning();
    const { typedSearchAttributes, staticSummary } = {
      ...(await server.handle.describe()),
      staticSummary: await (await server.handle.describe()).staticSummary(),
    };
    const attributes = Object.fromEntries(
      typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]),
    );

    expect(staticSummary).toBe(`File server of ${server.username}`);
    expect(attributes).toMatchObject({ LabUser: server.username, LabStatus: 'running' });
  });

  test('is one for all callers, and who comes later finds the file server running', async () => {
    const server = harness.aFileServer();
    const creation = server.cluster.hold('create');
    const first = server.ensure();
    await creation.entered;
    const others = [server.ensure(), server.ensure()];
    creation.open();
    await server.untilCreated();
    await server.podBecomes((pod) => pod.running());

    expect(await Promise.all([first, ...others])).toEqual([null, null, null]);
    expect(await server.ensure()).toBeNull();
    expect(server.cluster.count('create')).toBe(1);
    expect(server.cluster.count('verify')).toBe(1);
  });

  test('finds a pod that runs without news of it', async () => {
    const server = harness.aFileServer({ createCheckMs: 50 });
    const answer = server.ensure();
    await server.untilCreated();
    server.cluster.become((pod) => pod.running());

    expect(await answer).toBeNull();
  });

  test('does not believe news that the pod runs', async () => {
    const server = harness.aFileServer();
    const answer = server.ensure();
    await server.untilCreated();
    const { pod } = server.cluster;
    if (!pod) throw new Error('there is no pod');
    await server.tell({ pod: pod.running().version('999999') });
    await eventually(
      async () => server.cluster.count('read'),
      (count) => count > 0,
    );
    expect((await server.record()).phase).toBe('starting');
    await server.podBecomes((present) => present.running().version('1000000'));

    expect(await answer).toBeNull();
  });

  test('waits for the way in after the pod, and says so', async () => {
    const server = harness.aFileServer();
    server.cluster.servesAtOnce = false;
    const answer = server.ensure();
    await server.untilCreated();
    await server.podBecomes((pod) => pod.running());
    await eventually(
      () => server.record(),
      ({ obstacle }) => obstacle === 'The Ingress of the file server has no address yet.',
    );
    server.cluster.serve();

    expect(await answer).toBeNull();
    expect(await server.record()).not.toHaveProperty('obstacle');
    record('slow-address', server);
  });

  test('removes what is left of an earlier file server first', async () => {
    const server = harness.aFileServer();
    server.cluster.remains = 'an-old-service';
    await server.startRunning();

    expect(server.cluster.count('removeObject')).toBe(1);
    expect(server.cluster.count('create')).toBe(2);
    record('remains', server);
  });

  test.each([null, 'create-0'])('takes the file server of creation %s that serves', async (operationId) => {
    const server = harness.aFileServer();
    server.cluster.add(operationId);
    server.cluster.isFoundServing = true;

    expect(await server.ensure()).toBeNull();
    expect(await server.record()).toMatchObject({ phase: 'running', operationId, isAdopted: true });
    expect(await server.delete()).toBe('deleted');
    expect(server.cluster.exists).toBe(false);
    await server.untilClosed();
    if (operationId !== null) record('serves-already', server);
  });

  test('shows a warning of the cluster about the pod', async () => {
    const server = harness.aFileServer();
    const answer = server.ensure();
    await server.untilCreated();
    const podUid = server.cluster.pod?.uid ?? '';
    const warning = { podUid, type: 'Warning', reason: 'FailedMount' } as const;
    await server.tellEvents(aPodEvent('no such export', warning));
    const { obstacle } = await eventually(
      () => server.record(),
      (found) => found.obstacle?.includes('no such export') === true,
    );
    await server.podBecomes((pod) => pod.running());

    expect(obstacle).toContain('A volume of the file server cannot be mounted');
    expect(await answer).toBeNull();
  });
});

describe('a creation fails, removes everything, and says why', () => {
  const failure = (message: string) => refused('file_server_create_failed', message);

  test('when the pod exits', async () => {
    const server = harness.aFileServer();
    const answer = server.ensure();
    await server.untilCreated();
    await server.podBecomes((pod) => pod.failed('Error', 1));

    expect(await answer).toEqual(
      failure('The file server ended with exit code 1 (Error) while it was starting.'),
    );
    expect(server.cluster.exists).toBe(false);
    expect(await server.untilClosed()).toMatchObject({
      phase: 'failed',
      failure: { reason: 'PodFailed' },
      end: { outcome: 'failed', by: 'lab' },
    });
    expect(await server.servers.find(server.username)).toMatchObject({ phase: 'failed' });
    record('pod-failed', server);
  });

  test('when the pod does not start in time, with what it waited for', async () => {
    const server = harness.aFileServer({ createMs: 1_500, createCheckMs: 300, finalCheckMs: 100 });
    const answer = server.ensure();
    await server.untilCreated();
    await server.podBecomes((pod) => pod.unschedulable('0/3 nodes are available'));

    expect(await answer).toEqual(failure('File server creation timed out after 1.5'));
    expect(server.cluster.exists).toBe(false);
    expect((await server.untilClosed()).failure).toEqual({
      reason: 'SpawnTimeout',
      message: 'File server creation timed out after 1.5',
      detail: 'Unschedulable: 0/3 nodes are available.',
    });
    record('never-starts', server);
  });

  test('when the Ingress gets no address in time', async () => {
    const server = harness.aFileServer({ createMs: 1_000, createCheckMs: 300, finalCheckMs: 100 });
    server.cluster.servesAtOnce = false;
    const answer = server.ensure();
    await server.untilCreated();
    await server.podBecomes((pod) => pod.running());

    expect(await answer).toEqual(failure('File server creation timed out after 1'));
    expect((await server.untilClosed()).failure?.detail).toContain('has no address yet');
    record('no-address', server);
  });

  test('when the job vanishes', async () => {
    const server = harness.aFileServer({ createCheckMs: 100 });
    const answer = server.ensure();
    await server.untilCreated();
    server.cluster.lose('pod');
    server.cluster.lose('job');

    expect(await answer).toEqual(failure('The job of the file server was deleted while it was starting.'));
    record('vanished-while-starting', server);
  });

  test('when the image cannot be used', async () => {
    const server = harness.aFileServer();
    const answer = server.ensure();
    await server.untilCreated();
    await server.podBecomes((pod) => pod.waiting('InvalidImageName', 'bad tag', 'fileserver'));

    expect(await answer).toEqual(
      failure('The image of the file server cannot be used: bad tag. Tell the operators.'),
    );
    expect((await server.untilClosed()).failure?.detail).toBe(AN_IMAGE);
  });

  test.each([
    ['KubernetesForbidden', 'not permitted', 1],
    ['PlanRefused', 'not as it was accepted', 0],
  ])('when creating ends with %s', async (type, message, removals) => {
    const server = harness.aFileServer();
    server.cluster.break('create', ApplicationFailure.create({ type, message, nonRetryable: true }));

    expect(await server.ensure()).toEqual(failure(message));
    expect((await server.untilClosed()).failure).toMatchObject({ reason: type });
    expect(server.cluster.count('remove')).toBe(removals);
    if (removals === 0) record('plan-refused', server);
  });

  test('and who asks again gets a new one', async () => {
    const server = harness.aFileServer();
    const removal = server.cluster.hold('remove');
    const first = server.ensure();
    await server.untilCreated();
    await server.podBecomes((pod) => pod.failed('Error', 1));
    await removal.entered;
    const request = server.aRequest();
    const second = server.ensure(request);
    await server.untilAsked(request.operationId);
    removal.open();
    await first;
    await eventually(
      async () => server.cluster.pod?.spawnId,
      (spawnId) => spawnId === request.operationId,
    );
    await server.podBecomes((pod) => pod.running());

    expect([(await first)?.type, await second]).toEqual(['file_server_create_failed', null]);
    expect(await server.record()).toMatchObject({ phase: 'running', failure: null, end: null });
    record('asked-again', server);
  });
});

describe('a running file server ends', () => {
  test('by itself when it is idle, and is removed', async () => {
    const server = harness.aFileServer();
    await server.startRunning();
    await server.podBecomes((pod) => pod.succeeded());

    expect(await server.untilClosed()).toMatchObject({
      phase: 'stopped',
      failure: null,
      end: { outcome: 'exited', by: 'lab' },
    });
    expect(server.cluster.exists).toBe(false);
    expect(await server.servers.running()).not.toContain(server.username);
    expect(await server.delete()).toBe('not-running');
    record('idle', server);
  });

  test.each([
    [
      'fails',
      (server: FileServerUnderTest) => server.podBecomes((pod) => pod.failed('OOMKilled', 137)),
      'OutOfMemory',
    ],
    [
      'is evicted',
      (server: FileServerUnderTest) => server.podBecomes((pod) => pod.evicted('low on memory')),
      'PodEvicted',
    ],
    [
      'is deleted',
      (server: FileServerUnderTest) => server.podBecomes((pod) => pod.deleting()),
      'PodVanished',
    ],
    ['vanishes', (server: FileServerUnderTest) => server.podDisappears(), 'PodVanished'],
  ])('when its pod %s', async (name, end, reason) => {
    const server = harness.aFileServer();
    await server.startRunning();
    await end(server);

    expect(await server.untilClosed()).toMatchObject({ phase: 'failed', failure: { reason } });
    expect(server.cluster.exists).toBe(false);
    record(`run-${name.replaceAll(' ', '-')}`, server);
  });

  test('when its job is gone, which a read notices', async () => {
    const server = harness.aFileServer({ runCheckMs: 200 });
    await server.startRunning();
    server.cluster.lose('pod');
    server.cluster.lose('job');

    expect(await server.untilClosed()).toMatchObject({ failure: { reason: 'PodVanished' } });
  });

  test('when nothing leads to it in two reads', async () => {
    const server = harness.aFileServer({ createCheckMs: 100 });
    await server.startRunning();
    server.cluster.lose('ingress');
    await server.handle.signal(checkFileServer);

    expect((await server.untilClosed()).failure?.message).toContain('What makes the file server reachable');
  });

  test('not when its Ingress has no address for a while, which operators see', async () => {
    const server = harness.aFileServer({ runCheckMs: 100 });
    await server.startRunning();
    server.cluster.serve(false);
    await eventually(
      async () => server.cluster.count('read'),
      (count) => count > 3,
    );

    expect((await server.record()).phase).toBe('running');
  });

  test('not because of news that are not true', async () => {
    const server = harness.aFileServer();
    await server.startRunning();
    const { pod } = server.cluster;
    if (!pod) throw new Error('there is no pod');
    const reads = server.cluster.count('read');
    await server.tell({ pod: pod.succeeded().version('999999') });
    await eventually(
      async () => server.cluster.count('read'),
      (count) => count > reads,
    );

    expect(await server.ensure()).toBeNull();
    expect((await server.record()).phase).toBe('running');
  });
});

describe('a deletion', () => {
  test('of a running file server ends once its objects are gone, for all who asked', async () => {
    const server = harness.aFileServer();
    await server.startRunning();
    const removal = server.cluster.hold('remove');
    const first = server.delete('admin');
    await removal.entered;
    const second = server.delete('rachel');
    removal.open();

    expect(await Promise.all([first, second])).toContain('deleted');
    expect(server.cluster.exists).toBe(false);
    expect(await server.untilClosed()).toMatchObject({
      phase: 'stopped',
      end: { outcome: 'stopped', by: 'caller', name: 'admin' },
    });
    record('deleted', server);
  });

  test('of a file server that was never there, or is gone, says so', async () => {
    const server = harness.aFileServer();
    expect(await server.delete()).toBe('unknown');
    expect(await server.servers.find(server.username)).toBeUndefined();
    await server.startRunning();
    await server.delete();
    await server.untilClosed();

    expect(await server.delete()).toBe('not-running');
  });

  test.each(['create', 'read'] as const)('ends a creation that is in step %s', async (step) => {
    const server = harness.aFileServer({ createCheckMs: 50 });
    const held = server.cluster.hold(step);
    const answer = server.ensure();
    await held.entered;
    const deletion = server.delete();
    await eventually(
      () => server.record(),
      ({ phase }) => phase !== 'starting',
    );
    held.open();

    expect([await answer, await deletion]).toEqual([DELETED, 'deleted']);
    expect(server.cluster.exists).toBe(false);
    record(`deleted-while-creating-${step}`, server);
  });

  test('under way delays the next creation', async () => {
    const server = harness.aFileServer();
    await server.startRunning();
    const removal = server.cluster.hold('remove');
    const deletion = server.delete();
    await removal.entered;
    const request = server.aRequest();
    const answer = server.ensure(request);
    await server.untilAsked(request.operationId);
    removal.open();
    expect(await deletion).toBe('deleted');
    await server.untilCreated();
    await server.podBecomes((pod) => pod.running());

    expect(await answer).toBeNull();
    expect(await server.record()).toMatchObject({ phase: 'running', operationId: request.operationId });
    record('created-after-deletion', server);
  });

  test('that takes too long fails, and goes on', async () => {
    const server = harness.aFileServer({ deleteMs: 700 });
    await server.startRunning();
    server.cluster.isStubborn = true;
    server.cluster.keeper = 'Job fileservers/rachel-fs is still being deleted. The pod has not ended yet.';
    const answer = await answerOf(server.delete());

    expect(answer).toEqual(refused('file_server_delete_failed', 'File server deletion timed out after 0.7'));
    expect(await server.record()).toMatchObject({
      phase: 'stopping',
      failure: { reason: 'DeleteTimeout', detail: server.cluster.keeper },
    });
    server.cluster.isStubborn = false;
    expect(await server.untilClosed()).toMatchObject({ phase: 'stopped' });
    record('delete-timeout', server);
  });

  test('that keeps the next creation waiting for too long fails that', async () => {
    const server = harness.aFileServer({ createMs: 800 });
    await server.startRunning(server.aRequest({ createMs: 60_000 }));
    server.cluster.isStubborn = true;
    void server.delete().catch(() => undefined);
    await server.until('stopping');

    expect(await server.ensure()).toEqual(
      refused('file_server_create_failed', 'File server creation timed out after 0.8'),
    );
    await server.force();
    await server.untilClosed();
  });

  test('that is refused is tried again when someone asks', async () => {
    const server = harness.aFileServer();
    await server.startRunning();
    const error = ApplicationFailure.create({
      type: 'KubernetesForbidden',
      message: 'not permitted',
      nonRetryable: true,
    });
    server.cluster.break('remove', error);
    expect(await answerOf(server.delete())).toEqual(refused('file_server_delete_failed', 'not permitted'));
    server.cluster.mend('remove');

    expect(await server.delete()).toBe('deleted');
    record('delete-refused', server);
  });

  test('of a running file server whose pod is gone unseen makes the next request create', async () => {
    const server = harness.aFileServer();
    await server.startRunning();
    server.cluster.lose('pod');
    server.cluster.lose('job');
    const request = server.aRequest();
    const answer = server.ensure(request);
    await eventually(
      async () => server.cluster.pod?.spawnId,
      (spawnId) => spawnId === request.operationId,
    );
    await server.podBecomes((pod) => pod.running());

    expect(await answer).toBeNull();
    expect((await server.record()).operationId).toBe(request.operationId);
    record('replaced', server);
  });
});

describe('an operator', () => {
  const orders = {
    force: (server: FileServerUnderTest) => server.force(),
    cancel: async (server: FileServerUnderTest) => void (await server.handle.cancel()),
  };

  test.each(Object.keys(orders) as (keyof typeof orders)[])(
    'ends a running file server by %s',
    async (order) => {
      const server = harness.aFileServer();
      await server.startRunning();
      await orders[order](server);

      expect(await server.untilClosed()).toMatchObject({
        phase: 'stopped',
        end: { outcome: 'stopped', by: 'operator' },
      });
      expect(server.cluster.count('forcedRemove')).toBe(order === 'force' ? 1 : 0);
      record(`run-${order}`, server);
    },
  );

  test.each(Object.keys(orders) as (keyof typeof orders)[])('ends a creation by %s', async (order) => {
    const server = harness.aFileServer();
    const answer = server.ensure();
    await server.untilCreated();
    await orders[order](server);

    expect(await answer).toEqual(DELETED);
    await server.untilClosed();
    expect(server.cluster.exists).toBe(false);
    record(`creation-${order}`, server);
  });

  test('forces a deletion that is under way', async () => {
    const server = harness.aFileServer();
    await server.startRunning();
    server.cluster.isStubborn = true;
    const deletion = server.delete();
    await server.until('stopping');
    await server.force();
    await server.force();

    expect(await deletion).toBe('deleted');
    expect(server.cluster.count('forcedRemove')).toBe(1);
    await server.untilClosed();
    record('deletion-force', server);
  });
});

describe('a file server without a workflow', () => {
  test.each([null, 'create-0'])('is adopted when it serves, of creation %s', async (operationId) => {
    const server = harness.aFileServer();
    await server.adopt(server.cluster.add(operationId));
    await eventually(
      async () => server.cluster.count('read'),
      (count) => count > 0,
    );
    expect(await server.record()).toMatchObject({ phase: 'running', isAdopted: true, operationId });
    expect(await server.ensure()).toBeNull();
    await server.podBecomes((pod) => pod.succeeded());

    expect(await server.untilClosed()).toMatchObject({ phase: 'stopped', end: { outcome: 'exited' } });
    expect(server.cluster.exists).toBe(false);
    record(operationId === null ? 'adopted-of-others' : 'adopted', server);
  });

  test('is removed when it does not serve', async () => {
    const server = harness.aFileServer();
    server.cluster.add('create-0');
    server.cluster.serve(false);
    await server.adopt(server.cluster.observation);

    expect(await server.untilClosed()).toMatchObject({ phase: 'failed', failure: { reason: 'PodVanished' } });
    expect(server.cluster.exists).toBe(false);
    record('adopted-broken', server);
  });
});

describe('a workflow', () => {
  test('continues as new when it is quiet, keeps its memo, and ends as ever', async () => {
    const server = harness.aFileServer({ runCheckMs: 300 });
    await server.startRunning();
    const { runId } = await server.handle.describe();
    const { memo } = await eventually(
      () => server.handle.describe(),
      (description) => description.runId !== runId,
    );
    expect(memo).toMatchObject({ fileServer: { phase: 'running' } });
    record('continue-as-new', server, runId);
    expect(await server.ensure()).toBeNull();
    await server.delete();

    expect(await server.untilClosed()).toMatchObject({ phase: 'stopped' });
    record('continued-as-new', server);
  });

  test('that gets no request ends', async () => {
    const server = harness.aFileServer();
    const { username } = server;
    const workflowId = fileServerWorkflowId(username);
    const args = [{ kind: 'new', username }];
    await harness.client.workflow.start('fileserver', { taskQueue: harness.taskQueue, workflowId, args });
    await server.handle.cancel();

    expect(await server.untilClosed()).toMatchObject({ phase: 'stopped' });
    expect(server.cluster.count('remove')).toBe(0);
  });

  test('refuses the request of another user', async () => {
    const server = harness.aFileServer();
    await server.startRunning();
    const request = anEnsureRequest('somebody-else');
    const update = server.handle.executeUpdate('ensure', { args: [request] });

    expect((await answerOf(update))?.type).toBe('file_server_create_failed');
  });

  test('completes what it has begun after its worker was away', async () => {
    const server = harness.aFileServer();
    const answer = server.ensure();
    await server.untilCreated();
    await harness.stopWorker();
    await server.podBecomes((pod) => pod.running());
    await harness.startWorker();

    expect(await answer).toBeNull();
  });
});
