import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type WorkflowHandle, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure, type Payload, RawValue } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import * as fc from 'fast-check';
import { aPod, aPodEvent } from '../support/builders';
import { eventually } from '../support/eventually';
import { START_TIME } from '../support/fake-fsadmin-cluster';
import { HOSTILE_ARGUMENTS, jsonPayload, mutated } from '../support/hostile-payloads';
import { type MessageDefinition, messageDefinitions } from '../support/message-definitions';
import { aPull, type PrepullHarness, SETTINGS, startPrepullHarness } from '../support/prepull-harness';
import { startWorkflowHarness, type WorkflowHarness } from '../support/workflow-harness';

/** How many messages with a wrong part are sent of each kind. */
const MUTATIONS = 25;

const definitions = messageDefinitions();
let labs: WorkflowHarness;
let pulls: PrepullHarness;

beforeAll(async () => {
  [labs, pulls] = await Promise.all([startWorkflowHarness(), startPrepullHarness()]);
});

afterAll(() => Promise.all([labs.close(), pulls.close()]), 60_000);

/** A workflow that messages are sent to, and how to see that it works as ever. */
interface Subject {
  readonly handle: WorkflowHandle;
  /** Messages as the controller sends them, to be changed; they concern nothing that the workflow holds. */
  readonly valid: Readonly<Record<string, unknown>>;
  /** Messages that end the workflow, whatever they hold. */
  readonly endedBy?: string;
  works(): Promise<void>;
}

let serial = 0;
const newId = (): string => `hostile-${process.pid}-${(serial += 1)}`;

async function aMemoHolder(type: string, signal: string, message: object, memo: object): Promise<Subject> {
  const { client, taskQueue } = labs;
  const handle = await client.workflow.start(type, { taskQueue, workflowId: newId() });
  return {
    handle,
    valid: { [signal]: message },
    async works() {
      await handle.signal(signal, message);
      const published = await eventually(
        async () => (await handle.describe()).memo ?? {},
        (found) => JSON.stringify(found).includes('as ever'),
      );
      expect(published).toMatchObject(memo);
      await handle.terminate();
    },
  };
}

/** For each folder of `src/workflows` that has messages. */
const SUBJECTS: Readonly<Record<string, () => Promise<Subject>>> = {
  async lab() {
    const lab = labs.aLab();
    await lab.startRunning();
    const { resourceVersion, ...stranger } = aPod(null, 'another-pod').running('10.66.66.66');
    return {
      handle: lab.handle,
      valid: {
        podNews: { changes: [{ pod: { ...stranger, resourceVersion } }], events: [aPodEvent()] },
      },
      endedBy: 'forceShutdown',
      async works() {
        expect((await lab.record()).status).toBe('running');
        await lab.handle.signal('checkPod');
        await lab.podBecomes((pod) => pod.running('10.0.0.2'));
        await eventually(
          () => lab.record(),
          ({ address }) => address?.podIp === '10.0.0.2',
        );
      },
    };
  },
  async prepull() {
    const prepulling = pulls.prepulling();
    await prepulling.want(['a to n1']);
    await prepulling.untilCreated('a to n1');
    const settings = { ...SETTINGS, namespace: prepulling.workflowId, imagePullPatienceMs: 60_000 };
    return {
      handle: prepulling.handle,
      valid: {
        pullsWanted: { pulls: [aPull('a to n1')], settings },
        podNews: { changes: [{ pod: { ...aPod('another-pull', 'another-pod') } }] },
      },
      async works() {
        await prepulling.want(['a to n1', 'b to n2']);
        await prepulling.pulls('n1');
        await eventually(
          async () => prepulling.cluster.created.at(-1),
          (last) => last === 'b to n2',
        );
        await prepulling.want([]);
        for (const { node } of prepulling.cluster.pods.values()) await prepulling.pulls(node);
        expect(await prepulling.untilClosed()).toBe('COMPLETED');
      },
    };
  },
  async fileserver() {
    const server = labs.aFileServer();
    await server.startRunning();
    const stranger = { ...aPod('another-creation', 'another-pod').running() };
    return {
      handle: server.handle,
      valid: { podNews: { changes: [{ pod: stranger }], events: [aPodEvent()] } },
      endedBy: 'forceShutdown',
      async works() {
        const reads = server.cluster.count('read');
        await server.handle.signal('checkFileServer');
        await eventually(
          async () => server.cluster.count('read'),
          (count) => count > reads,
        );
        expect(await server.ensure()).toBeNull();
        expect((await server.record()).phase).toBe('running');
      },
    };
  },
  async fsadmin() {
    const { client, fsadmin, taskQueue } = labs;
    fsadmin.leave('Pod');
    const timeouts = { operationMs: 60_000, checkMs: 60_000, kubernetesRequestMs: 10_000 };
    const args = [{ version: 1, timeouts }];
    const handle = await client.workflow.start('fsadmin', { taskQueue, workflowId: newId(), args });
    const inspect = () =>
      handle.executeUpdate<object, [object]>('inspectPod', { args: [{ requester: null, timeouts }] });
    expect(await inspect()).toEqual({ startTime: START_TIME });
    return {
      handle,
      valid: {},
      endedBy: 'forceShutdown',
      async works() {
        expect(await inspect()).toEqual({ startTime: START_TIME });
      },
    };
  },
  'image-catalogue': () => {
    const refresh = { catalogue: null, refreshedAt: null, failure: 'as ever', notice: null };
    const memo = { freshness: { failure: 'as ever' } };
    return aMemoHolder('imageCatalogue', 'catalogueRefreshed', refresh, memo);
  },
  'reconciliation-record': () => {
    const memo = { reconciliation: { unsettled: ['as ever'] } };
    return aMemoHolder('reconciliationRecord', 'labsReconciled', { unsettled: ['as ever'] }, memo);
  },
};

async function subjectOf(kind: string): Promise<Subject> {
  const subject = await SUBJECTS[kind]?.();
  if (!subject) throw new Error(`there is no ${kind} to send messages to`);
  return subject;
}

/** All that is sent of one message: what nothing takes, and what is right but for a part. */
function hostileArguments({ name, type }: MessageDefinition, { valid }: Subject): (readonly Payload[])[] {
  const fixed = [...HOSTILE_ARGUMENTS.values()];
  const values = fc.sample(
    type === 'signal' && valid[name] !== undefined ? mutated(valid[name]) : fc.jsonValue(),
    { numRuns: MUTATIONS, seed: 17 },
  );
  return [...fixed, ...values.map((value) => [jsonPayload(JSON.stringify(value))])];
}

async function send(handle: WorkflowHandle, { name, type }: MessageDefinition, args: readonly Payload[]) {
  const raw = args.map((payload) => RawValue.fromPayload(payload));
  if (type === 'signal') return handle.signal(name, ...raw);
  if (type === 'update')
    return handle.executeUpdate<unknown, [RawValue, ...RawValue[]]>(name, {
      args: raw as [RawValue, ...RawValue[]],
    });
  return handle.query(name, ...raw);
}

/** A termination by the test fails the task under way. */
const FORCE_CLOSED =
  temporal.api.enums.v1.WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND;

/** How many workflow tasks have failed, in all runs. */
async function failedTasks(handle: WorkflowHandle): Promise<number> {
  let count = 0;
  let runId: string | undefined =
    (await handle.describe()).raw.workflowExecutionInfo?.firstRunId ?? undefined;
  while (runId) {
    const { events } = await labs.client.workflow.getHandle(handle.workflowId, runId).fetchHistory();
    count += (events ?? []).filter(
      ({ workflowTaskFailedEventAttributes: failed }) => failed && failed.cause !== FORCE_CLOSED,
    ).length;
    runId = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined;
  }
  return count;
}

const kinds = [...new Set(definitions.map(({ kind }) => kind))];

test('every workflow that takes messages is sent hostile ones', () => {
  expect(kinds.toSorted()).toEqual(Object.keys(SUBJECTS).toSorted());
});

test.each(kinds)('no message to %s, whatever it holds, fails a task of the workflow', async (kind) => {
  const subject = await subjectOf(kind);
  const { endedBy, handle } = subject;
  const messages = definitions.filter((definition) => definition.kind === kind);
  for (const message of messages.filter(({ name }) => name !== endedBy)) {
    for (const args of hostileArguments(message, subject)) {
      await send(handle, message, args).catch((error: unknown) => {
        // An update may be refused, and nothing else may go wrong.
        if (!(error instanceof WorkflowUpdateFailedError)) throw error;
      });
    }
  }
  await subject.works();
  for (const message of messages.filter(({ name }) => name === endedBy)) {
    // The first of them may end it before the last is sent.
    await Promise.allSettled(hostileArguments(message, subject).map((args) => send(handle, message, args)));
    await eventually(
      () => handle.describe(),
      ({ status }) => status.name === 'COMPLETED',
    );
  }

  expect(await failedTasks(handle)).toBe(0);
});

test.each(definitions.filter(({ type }) => type === 'update'))(
  'update $name of $kind that cannot be read is refused before it leaves a trace, and says so',
  async ({ kind, name }) => {
    const { handle } = await subjectOf(kind);
    const before = await acceptedUpdates(handle);
    const refused = handle.executeUpdate<void, [null]>(name, { args: [null] });

    const error = await refused.catch((reason: unknown) => reason);
    expect((error as WorkflowUpdateFailedError).cause).toBeInstanceOf(ApplicationFailure);
    expect((error as WorkflowUpdateFailedError).cause).toMatchObject({
      type: 'UnreadableArgument',
      nonRetryable: true,
    });
    expect(await acceptedUpdates(handle)).toBe(before);
  },
);

/** How many updates the present run of a workflow has accepted. */
async function acceptedUpdates(handle: WorkflowHandle): Promise<number> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).filter(({ workflowExecutionUpdateAcceptedEventAttributes: accepted }) => accepted)
    .length;
}

/** The workflow types, from the module that exports them to the bundle. */
const types = [
  ...readFileSync(join(__dirname, '../../src/workflows/index.ts'), 'utf8').matchAll(/\{ (\w+) \}/g),
].map(([, type = '']) => type);

/** Those that are started with an argument. */
const WITH_ARGUMENT = ['fileserver', 'fsadmin', 'lab', 'prepull'];

test.each(types.filter((type) => WITH_ARGUMENT.includes(type)))(
  'a %s that is started with anything else than its argument fails, and says why',
  async (type) => {
    for (const [what, args] of HOSTILE_ARGUMENTS) {
      // Prepulling is started without an argument.
      if (type === 'prepull' && args.length === 0) continue;
      const { client, taskQueue } = labs;
      const raw = args.map((payload) => RawValue.fromPayload(payload));
      const handle = await client.workflow.start(type, { taskQueue, workflowId: newId(), args: raw });
      const error = await handle.result().catch((reason: unknown) => reason);

      expect([what, error]).toMatchObject([what, { cause: { type: 'UnreadableArgument' } }]);
      expect([what, await failedTasks(handle)]).toEqual([what, 0]);
    }
  },
  120_000,
);

test.each(types.filter((type) => !WITH_ARGUMENT.includes(type)))(
  'a %s that takes no argument starts whatever it is started with',
  async (type) => {
    const { client, taskQueue } = labs;
    const args = [RawValue.fromPayload(jsonPayload('{'))];
    const handle = await client.workflow.start(type, { taskQueue, workflowId: newId(), args });
    const events = await eventually(
      async () => (await handle.fetchHistory()).events ?? [],
      (found) =>
        found.some(
          ({ workflowTaskCompletedEventAttributes: done, workflowTaskFailedEventAttributes: failed }) =>
            done ?? failed,
        ),
    );
    await handle.terminate().catch(() => undefined);

    expect(events.filter(({ workflowTaskFailedEventAttributes: failed }) => failed)).toEqual([]);
  },
);
