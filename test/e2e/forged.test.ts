import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import { z } from 'zod';
import type { LabRecord } from '../../src/domain/lab';
import type { PodObservation } from '../../src/domain/pod';
import type { PodNews } from '../../src/domain/pod-change';
import type { LabTimeouts, LabWorkflowInput } from '../../src/workflows/lab/messages';
import { eventually } from '../support/eventually';
import { aWorld, formFor, type TestUser, type World } from '../support/world';

/** Who can write to Temporal, but has no sealing key, makes signals, memos and workflows by hand. */

const ATTACKER = '10.66.66.66';

let world: World;

beforeAll(async () => {
  world = await aWorld('serve');
});

afterAll(() => world.stop());

type LabWorkflow = (input: LabWorkflowInput) => Promise<void>;

const workflowOf = ({ username }: TestUser) =>
  world.temporal.workflow.getHandle<LabWorkflow>(`lab-${username}`);

async function recordOf(user: TestUser): Promise<LabRecord> {
  const { memo } = await workflowOf(user).describe();
  return memo?.['lab'] as LabRecord;
}

const podSchema = z.object({
  metadata: z.object({ uid: z.string() }),
  status: z.object({ podIP: z.string().optional() }),
});

async function podOf({ username }: TestUser): Promise<z.infer<typeof podSchema>> {
  const path = `/api/v1/namespaces/lab-${username}/pods/${username}-nb`;
  const read = async () => podSchema.safeParse((await world.cluster.send('GET', path)).body).data ?? null;
  const pod = await eventually(read, (found) => found !== null);
  if (!pod) throw new Error('there is no pod');
  return pod;
}

/** News that the pod runs at the attacker's address. */
function forgedNews(uid: string): PodNews {
  const pod: PodObservation = {
    uid,
    resourceVersion: '999999999',
    spawnId: null,
    phase: 'Running',
    podIp: ATTACKER,
    isLabRunning: true,
    isDeleting: false,
    reason: null,
    message: null,
    container: null,
    image: null,
    exitCode: null,
  };
  return { changes: [{ pod }], events: [] };
}

async function aRunningLab(): Promise<TestUser> {
  const user = await world.aUser();
  await world.hub.start(user.username, user.token, { options: formFor('fast') });
  return user;
}

/** The times that the lab was accepted with. */
async function timeoutsOf(user: TestUser): Promise<LabTimeouts> {
  const { events } = await workflowOf(user).fetchHistory();
  const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  if (!payload) throw new Error('the workflow has no input');
  const input = defaultPayloadConverter.fromPayload<LabWorkflowInput>(payload);
  if (input.kind !== 'spawn') throw new Error('the workflow is no spawn');
  return input.request.timeouts;
}

test('a signal made by hand leads the hub of a starting lab nowhere else', async () => {
  const user = await world.aUser();
  const started = world.hub.start(user.username, user.token, { options: formFor('slow') });
  const { metadata } = await podOf(user);
  await workflowOf(user).signal('podNews', forgedNews(metadata.uid));
  const url = await started;

  const { status } = await podOf(user);
  expect(status.podIP).toBeDefined();
  expect(new URL(url).hostname).toBe(status.podIP);
});

test('a signal made by hand leads the hub of a running lab nowhere else', async () => {
  const user = await aRunningLab();
  const { metadata, status } = await podOf(user);
  await workflowOf(user).signal('podNews', forgedNews(metadata.uid));
  await workflowOf(user).signal('checkPod');
  const lab = await world.hub.read(user.username);

  expect(new URL(lab.internal_url ?? '').hostname).toBe(status.podIP);
  expect(JSON.stringify(await recordOf(user))).not.toContain(ATTACKER);
});

test('a workflow made by hand with the record of another user’s lab shows no URL', async () => {
  const victim = await world.aUser();
  const record = await recordOf(await aRunningLab());
  const forged = { ...record, user: { ...record.user, username: victim.username } };
  await world.temporal.workflow.start('lab', {
    workflowId: `lab-${victim.username}`,
    taskQueue: 'a-queue-that-is-not-served',
    memo: { lab: forged },
  });

  expect(await world.hub.read(victim.username)).toMatchObject({ status: 'running', internal_url: null });
});

test('a running lab whose address is not proven is shown without a URL until it has read its pod', async () => {
  const user = await aRunningLab();
  const { address: _, ...record } = await recordOf(user);
  const timeouts = await timeoutsOf(user);
  await workflowOf(user).terminate('to be made by hand');
  const input: LabWorkflowInput = {
    kind: 'resume',
    snapshot: { version: 1, record, namespace: record.namespace, timeouts, pod: null },
  };
  await world.temporal.workflow.start<LabWorkflow>('lab', {
    workflowId: `lab-${user.username}`,
    taskQueue: 'controller',
    memo: { lab: record },
    args: [input],
  });
  const before = await world.hub.read(user.username);
  // Temporal's lists, which a pass reads, lag behind.
  const after = await eventually(
    async () => {
      const workflowId = `reconcile-${randomBytes(4).toString('hex')}`;
      await world.temporal.workflow.execute('reconcile', { workflowId, taskQueue: 'controller' });
      return world.hub.read(user.username);
    },
    ({ internal_url }) => internal_url !== null,
  );

  expect(before).toMatchObject({ status: 'running', internal_url: null });
  expect(after.internal_url).toBe(record.internalUrl);
});
