import { InterceptingCall, type Interceptor } from '@grpc/grpc-js';
import type { ProgressEvent } from '../../src/domain/progress';
import { ProgressSource } from '../../src/workflow-clients/lab/progress-source';
import { aPod, aPodEvent } from '../support/builders';
import { eventually } from '../support/eventually';
import type { LabUnderTest } from '../support/lab-under-test';
import { startWorkflowHarness, type WorkflowHarness } from '../support/workflow-harness';

const HOUR_MS = 3_600_000;

/** Histories being read at present. */
let polls = 0;

const countPolls: Interceptor = (options, nextCall) => {
  const isPoll = options.method_definition.path.endsWith('/GetWorkflowExecutionHistory');
  return new InterceptingCall(nextCall(options), {
    start(metadata, _listener, next) {
      if (isPoll) polls += 1;
      next(metadata, {
        onReceiveStatus(status, pass) {
          if (isPoll) polls -= 1;
          pass(status);
        },
      });
    },
  });
};

let harness: WorkflowHarness;
let source: ProgressSource;
let viewers: AbortController;

beforeAll(async () => {
  harness = await startWorkflowHarness([countPolls]);
  source = new ProgressSource(harness.client, HOUR_MS);
});

beforeEach(() => {
  viewers = new AbortController();
});

// A stream that does not end must not outlive its test.
afterEach(() => viewers.abort());

afterAll(() => harness.close(), 30_000);

type Position = { readonly operationId: string; readonly sequence: number };

function follow(lab: Pick<LabUnderTest, 'username'>, lastEventId: Position | null = null) {
  return source.follow(lab.username, { lastEventId, signal: viewers.signal });
}

/** Reads a stream to its end, as `sequence type message percentage`. */
async function read(events: AsyncIterable<ProgressEvent>): Promise<string[]> {
  const lines: string[] = [];
  for await (const { sequence, type, message, progress } of events) {
    lines.push([sequence, type, message, progress].filter((part) => part !== null).join(' '));
  }
  return lines;
}

async function told(lab: Pick<LabUnderTest, 'username'>, lastEventId: Position | null = null) {
  return read(await follow(lab, lastEventId));
}

const spawnOf = ({ username }: LabUnderTest): string[] => [
  `1 info Starting lab creation for ${username} 1`,
  '2 info Created Kubernetes objects for user lab 30',
  '3 info Pulling image 35',
  '4 info Pulled image 48',
  `5 complete Lab Kubernetes pod started for ${username} 75`,
];

/** Lets a spawn that has begun tell of its pod and complete. */
async function complete(lab: LabUnderTest): Promise<void> {
  await lab.podExists();
  await lab.tellEvents(aPodEvent('Pulling image'), aPodEvent('Pulled image'));
  await lab.podRuns();
}

test('a spawn is streamed live from its start to the running pod', async () => {
  const lab = harness.aLab();
  const creation = lab.cluster.hold('create');
  await lab.start();
  await creation.entered;
  const events = (await follow(lab))[Symbol.asyncIterator]();
  // Told before the spawn has got any further.
  expect((await events.next()).value).toMatchObject({ progress: 1 });
  creation.open();
  expect((await events.next()).value).toMatchObject({ progress: 30 });
  await lab.tellEvents(aPodEvent('Pulling image'));
  expect((await events.next()).value).toMatchObject({ message: 'Pulling image', progress: 35 });
  await lab.tellEvents(aPodEvent('Pulled image'));
  expect((await events.next()).value).toMatchObject({ message: 'Pulled image', progress: 48 });
  await lab.podRuns();
  expect((await events.next()).value).toMatchObject({ type: 'complete', progress: 75 });
  expect((await events.next()).done).toBe(true);
});

test.each([
  ['nothing', undefined],
  ['events that are none', { changes: [], events: [null, { reason: 7 }] }],
  ['events without a time', { changes: [], events: [{ ...aPodEvent('Lie'), time: 'yesterday' }] }],
])('a signal that holds %s does not disturb the viewers', async (_, garbage) => {
  const lab = harness.aLab();
  await lab.start();
  const live = told(lab);
  await lab.podExists();
  await lab.handle.signal('podNews', garbage);
  await complete(lab);

  expect(await live).toEqual(spawnOf(lab));
});

test('the lab has its URL by the time its stream is complete', async () => {
  const lab = harness.aLab();
  await lab.start();
  const events = follow(lab);
  void complete(lab);

  expect((await read(await events)).at(-1)).toContain('complete');
  expect((await lab.record()).internalUrl).toBe(`http://10.0.0.1:8888/nb/user/${lab.username}/`);
});

test('a finished operation is streamed again from its start, to every client alike', async () => {
  const lab = harness.aLab();
  await lab.start();
  const live = told(lab);
  await complete(lab);
  const late = await Promise.all([told(lab), told(lab)]);

  expect(await live).toEqual(spawnOf(lab));
  expect(late).toEqual([spawnOf(lab), spawnOf(lab)]);
});

test('a viewer who comes back goes on after the last event seen', async () => {
  const lab = harness.aLab();
  const { operationId } = await lab.start();
  await complete(lab);

  expect(await told(lab, { operationId, sequence: 3 })).toEqual(spawnOf(lab).slice(3));
  expect(await told(lab, { operationId, sequence: 5 })).toEqual([]);
});

test('a viewer who saw the last of an unknown operation gets the present one from its start', async () => {
  const lab = harness.aLab();
  await lab.start();
  await complete(lab);

  expect(await told(lab, { operationId: 'another', sequence: 3 })).toEqual(spawnOf(lab));
});

test('a deletion is streamed until the namespace is gone, also after the workflow has ended', async () => {
  const lab = harness.aLab();
  await lab.startRunning();
  const removal = lab.cluster.hold('deleteNamespace');
  const { operationId, answer } = await lab.beginRemoval();
  const live = told(lab);
  await answer;
  removal.open();
  const deletion = [
    '1 info Shutting down Kubernetes pod 25',
    '2 info Deleting user namespace 62',
    `3 info Lab for ${lab.username} deleted 100`,
  ];

  expect(await live).toEqual(deletion);
  await lab.untilClosed();
  expect(await told(lab)).toEqual(deletion);
  expect(await told(lab, { operationId, sequence: 2 })).toEqual(deletion.slice(2));
});

test('the stream of a spawn that is deleted ends with its cancellation', async () => {
  const lab = harness.aLab();
  const { operationId } = await lab.start();
  const live = told(lab);
  await lab.podExists();
  await lab.remove();
  const lines = await live;

  expect(lines.at(-1)).toMatch(/^\d failed Operation cancelled$/);
  expect(lines.filter((line) => line.includes('failed'))).toHaveLength(1);
  expect(await told(lab, { operationId, sequence: 1 })).toEqual(lines.slice(1));
});

test('a failed spawn is streamed with its cause', async () => {
  const lab = harness.aLab();
  await lab.start();
  await lab.podExists();
  await lab.podBecomes((pod) => pod.failed('OOMKilled', 137));
  await lab.until('failed');

  expect((await told(lab)).slice(2)).toEqual([
    '3 error The lab needed more memory than its limit and was killed (OOMKilled, exit code 137). Choose a larger size.',
    '4 failed Lab spawn failed',
  ]);
});

test('a failed deletion is streamed with its cause', async () => {
  const lab = harness.aLab({ deleteMs: 500 });
  await lab.startRunning();
  lab.cluster.isPodStubborn = true;
  await lab.remove().catch(() => undefined);

  expect(await told(lab)).toEqual([
    '1 info Shutting down Kubernetes pod 25',
    '2 error Lab deletion timed out after 0.5s while deleting the pod: ' +
      'Kubernetes has taken the order, but the pod is still there',
    '3 failed Lab delete failed',
  ]);
});

test('the stream of a spawn that replaces a failed lab has the removal first, for new clients only', async () => {
  const lab = harness.aLab();
  const first = await lab.start();
  await lab.podExists();
  await lab.podBecomes((pod) => pod.failed());
  await lab.until('failed');
  const { operationId } = await lab.respawn();
  await eventually(
    async () => lab.cluster.pod?.spawnId,
    (spawnId) => spawnId === operationId,
  );
  await lab.podRuns();

  expect(await told(lab)).toEqual([
    `1 info Starting lab creation for ${lab.username} 1`,
    `2 info Deleting existing failed lab for ${lab.username} 2`,
    '3 info Shutting down Kubernetes pod 5',
    '4 info Deleting user namespace 12',
    `5 info Lab for ${lab.username} deleted 20`,
    '6 info Created Kubernetes objects for user lab 30',
    `7 complete Lab Kubernetes pod started for ${lab.username} 75`,
  ]);
  expect(await told(lab, { operationId: first.operationId, sequence: 3 })).toEqual([
    '4 failed Lab spawn failed',
  ]);
});

describe('once the lab has continued as new', () => {
  async function aRenewedLab() {
    const lab = harness.aLab({ runCheckMs: 100 });
    const { operationId } = await lab.start();
    await complete(lab);
    const { runId } = await lab.handle.describe();
    await eventually(
      () => lab.handle.describe(),
      (now) => now.runId !== runId,
    );
    return { lab, operationId };
  }

  test('once the lab has continued as new, its spawn is still streamed from its start', async () => {
    const { lab, operationId } = await aRenewedLab();

    expect(await told(lab)).toEqual(spawnOf(lab));
    expect(await told(lab, { operationId, sequence: 4 })).toEqual(spawnOf(lab).slice(4));
  });

  test('once the lab has continued as new, its deletion is streamed, and nothing wrong of its spawn', async () => {
    const { lab, operationId } = await aRenewedLab();
    await lab.remove();
    await lab.untilClosed();

    expect((await told(lab)).at(-1)).toBe(`3 info Lab for ${lab.username} deleted 100`);
    expect((await told(lab, { operationId, sequence: 1 })).join()).not.toContain('cancelled');
  });
});

test('a user without a lab, ever, is unknown', async () => {
  await expect(follow({ username: 'nobody-ever' })).rejects.toMatchObject({
    code: 'unknown_user',
    location: ['path', 'username'],
  });
});

test('a user whose lab is gone for longer than operations are kept is unknown', async () => {
  const lab = harness.aLab();
  await lab.startRunning();
  await lab.remove();
  await lab.untilClosed();
  const forgetful = new ProgressSource(harness.client, 0);

  const following = forgetful.follow(lab.username, { lastEventId: null, signal: viewers.signal });
  await expect(following).rejects.toMatchObject({ code: 'unknown_user' });
});

test('the stream of a spawn whose workflow is terminated ends as failed', async () => {
  const lab = harness.aLab();
  await lab.start();
  const live = told(lab);
  await lab.podExists();
  await lab.handle.terminate('by an operator');

  expect((await live).at(-1)).toMatch(/failed Operation cancelled$/);
});

test('pod events of an earlier pod that come late are not streamed twice', async () => {
  const lab = harness.aLab();
  const { operationId } = await lab.start();
  await lab.podExists();
  const event = aPodEvent('Pulling image', { podUid: aPod(operationId).uid });
  await lab.tellEvents(event);
  await lab.tellEvents(event);
  await lab.podRuns();

  expect((await told(lab)).filter((line) => line.includes('Pulling image'))).toHaveLength(1);
});

test('viewers share one reading of the history, which ends with the last of them', async () => {
  const lab = harness.aLab();
  await lab.start();
  await lab.podExists();
  const gone = [new AbortController(), new AbortController(), new AbortController()];
  const streams = await Promise.all(
    gone.map(({ signal }) => source.follow(lab.username, { lastEventId: null, signal })),
  );
  const readings = streams.map(read);
  await eventually(
    async () => polls,
    (open) => open === 1,
  );

  gone[0]?.abort();
  gone[1]?.abort();
  await Promise.all(readings.slice(0, 2));
  expect(polls).toBe(1);
  gone[2]?.abort();
  await Promise.all(readings);
  await eventually(
    async () => polls,
    (open) => open === 0,
  );
});
