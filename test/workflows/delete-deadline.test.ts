import { decodeLab } from '../../src/workflow-clients/lab/memo';
import type { LabUnderTest } from '../support/lab-under-test';
import { startWorkflowHarness, type WorkflowHarness } from '../support/workflow-harness';

let harness: WorkflowHarness;

beforeAll(async () => {
  harness = await startWorkflowHarness();
});

afterAll(() => harness.close(), 30_000);

const publishedBy = async ({ handle }: LabUnderTest) =>
  decodeLab((await handle.describe()).memo)?.deleteTimeoutMs;

test('a lab that is being deleted publishes how long that may take by the terms of its own spawn', async () => {
  const lab = harness.aLab({ deleteMs: 71_000 });
  await lab.startRunning();
  const deletion = lab.cluster.hold('delete');
  const { answer } = await lab.beginRemoval();

  expect(await publishedBy(lab)).toBe(71_000);
  deletion.open();
  await answer;
});

test('a lab that takes the place of another has the deadline of its own spawn', async () => {
  const lab = harness.aLab({ deleteMs: 71_000 });
  await lab.startRunning();
  await lab.podDisappears();
  await lab.until('failed');
  await lab.respawn(lab.aRequest({ deleteMs: 72_000 }));
  const { answer } = await lab.beginRemoval();

  expect(await publishedBy(lab)).toBe(72_000);
  await answer;
});
