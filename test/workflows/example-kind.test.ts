import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Client, type WorkflowHandle, WorkflowUpdateFailedError } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { eventually } from '../support/eventually';
import { FakeClaims } from '../support/example-kind/activities';
import {
  type ClaimStatus,
  type ClaimTimeouts,
  claimNews,
  release,
  steps,
} from '../support/example-kind/messages';
import { quietenRuntime } from '../support/quiet-runtime';
import { theStack } from '../support/stack';
import { connectToTemporal } from '../support/temporal-connection';

/** The kind of workflow that `docs/adding-a-workflow.md` builds, step by step, on `src/workflows/lifecycle`. */

const TIMEOUTS: ClaimTimeouts = {
  bindMs: 60_000,
  checkMs: 60_000,
  retentionMs: 60_000,
  kubernetesRequestMs: 5_000,
};

const taskQueue = `example-${randomBytes(4).toString('hex')}`;
const claims = new FakeClaims();
let native: NativeConnection;
let client: Client;
let worker: Worker;
let running: Promise<void>;
let serial = 0;

beforeAll(async () => {
  quietenRuntime();
  const { address, namespace } = theStack().temporal;
  native = await NativeConnection.connect({ address });
  client = new Client({ connection: await connectToTemporal(address), namespace });
  worker = await Worker.create({
    connection: native,
    namespace,
    taskQueue,
    workflowsPath: join(__dirname, '../support/example-kind/workflow.ts'),
    activities: claims.activities,
  });
  running = worker.run();
});

beforeEach(() => {
  claims.bindsAtOnce = false;
});

afterAll(async () => {
  worker.shutdown();
  await running;
  await native.close();
  await client.connection.close();
});

interface StartedClaim {
  readonly id: string;
  readonly handle: WorkflowHandle;
}

async function aClaim(timeouts: Partial<ClaimTimeouts> = {}): Promise<StartedClaim> {
  serial += 1;
  const id = `${taskQueue}-${serial}`;
  const args = [{ id, timeouts: { ...TIMEOUTS, ...timeouts } }];
  await client.workflow.start('exampleClaim', { taskQueue, workflowId: id, args });
  return { id, handle: client.workflow.getHandle(id) };
}

const untilStatus = ({ handle }: StartedClaim, status: ClaimStatus) =>
  eventually(
    async () => (await handle.describe()).memo?.['claim'] as { status?: ClaimStatus } | undefined,
    (memo) => memo?.status === status,
  );

const untilCreated = ({ id }: StartedClaim) =>
  eventually(
    async () => claims.find(id),
    (claim) => claim !== null,
  );

test('a claim is bound after the watcher’s update, and a caller waits until it is deleted', async () => {
  const claim = await aClaim();
  await untilCreated(claim);
  await claim.handle.signal(claimNews, { claims: [claims.bind(claim.id)] });
  await untilStatus(claim, 'bound');
  await claim.handle.executeUpdate(release, { args: [{ requester: 'rachel' }] });

  expect(claims.find(claim.id)).toBeNull();
  expect(await claim.handle.query(steps)).toEqual(['binding', 'bound', 'releasing']);
  await claim.handle.result();
});

test('a claim is found bound by a read where the watcher is silent', async () => {
  const claim = await aClaim({ checkMs: 100 });
  await untilCreated(claim);
  claims.bind(claim.id);

  expect(await untilStatus(claim, 'bound')).toMatchObject({ status: 'bound' });
  await claim.handle.executeUpdate(release, { args: [{ requester: 'rachel' }] });
});

test('an order interrupts the wait for a claim', async () => {
  const claim = await aClaim();
  await untilCreated(claim);
  await claim.handle.executeUpdate(release, { args: [{ requester: 'rachel' }] });

  expect(await claim.handle.query(steps)).toEqual(['binding', 'releasing']);
});

test('a claim that is not bound in time is kept as failed for its retention, then removed', async () => {
  const claim = await aClaim({ bindMs: 200, retentionMs: 500 });
  await claim.handle.result();

  expect(await claim.handle.query(steps)).toEqual(['binding', 'failed', 'releasing']);
  expect(claims.find(claim.id)).toBeNull();
});

test('a quiet claim continues as new, keeps its memo, and is released afterwards', async () => {
  claims.bindsAtOnce = true;
  const claim = await aClaim({ checkMs: 200 });
  const { runId } = await claim.handle.describe();
  const { memo } = await eventually(
    () => claim.handle.describe(),
    (description) => description.runId !== runId,
  );

  expect(memo).toMatchObject({ claim: { status: 'bound' } });
  await claim.handle.executeUpdate(release, { args: [{ requester: 'rachel' }] });
  expect(claims.find(claim.id)).toBeNull();
});

test('a cancelled claim is released', async () => {
  claims.bindsAtOnce = true;
  const claim = await aClaim();
  await untilCreated(claim);
  await claim.handle.cancel();
  await claim.handle.result();

  expect(claims.find(claim.id)).toBeNull();
});

test('a release that cannot be read is refused, and a signal that cannot be read is ignored', async () => {
  const claim = await aClaim();
  await untilCreated(claim);
  await claim.handle.signal('claimNews', null);
  const refused = claim.handle.executeUpdate<void, [object]>('release', { args: [{ requester: 7 }] });

  await expect(refused).rejects.toThrow(WorkflowUpdateFailedError);
  await claim.handle.executeUpdate(release, { args: [{ requester: 'rachel' }] });
});
