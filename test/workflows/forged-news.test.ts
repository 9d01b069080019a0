import { ApplicationFailure } from '@temporalio/common';
import { aPod } from '../support/builders';
import { eventually } from '../support/eventually';
import { recordHistory } from '../support/history-recorder';
import { startWorkflowHarness, type WorkflowHarness } from '../support/workflow-harness';

const ATTACKER = '10.66.66.66';
const FAR_AHEAD = '999999999';

let harness: WorkflowHarness;

beforeAll(async () => {
  harness = await startWorkflowHarness();
});

afterAll(() => harness.close());

test('an ordinary spawn does not read its pod, and neither does a deletion', async () => {
  const lab = harness.aLab();
  await lab.startRunning();

  expect((await lab.record()).internalUrl).toContain('//10.0.0.1:8888/');
  expect((await lab.record()).address?.podIp).toBe('10.0.0.1');
  await lab.remove();
  expect(lab.cluster.count('read')).toBe(0);
  recordHistory('proven-address', lab.username);
});

test.each([
  ['without a proof', (podIp: string) => podIp],
  ['with the proof of another address', () => '10.0.0.1'],
])('a forged update of a starting pod %s neither misleads the spawn nor ends it', async (_what, provenIp) => {
  const lab = harness.aLab({ spawnCheckMs: 200 });
  await lab.start();
  await lab.podExists();
  const pod = lab.cluster.become((pod) => pod.starting('Pending'));
  const proven = pod.running(provenIp(ATTACKER));
  const forged = proven.running(ATTACKER).unproven().version(FAR_AHEAD);
  const proof = proven.podIp === ATTACKER ? {} : { addressProof: proven.addressProof };
  await lab.tell({ pod: { ...forged, ...proof } });
  lab.cluster.become((pod) => pod.running('10.0.0.1'));
  const record = await lab.until('running');

  expect(record.internalUrl).toContain('//10.0.0.1:8888/');
  expect(record.address?.podIp).toBe('10.0.0.1');
  recordHistory('forged-news', lab.username);
});

test('a forged update of a running lab changes nothing but that its pod is read', async () => {
  const lab = harness.aLab();
  await lab.startRunning();
  const pod = lab.cluster.become((pod) => pod.running('10.0.0.1'));
  await lab.tell({ pod: pod.running(ATTACKER).version(FAR_AHEAD) });
  await lab.podDisappears();
  const record = await lab.until('failed');

  expect(lab.cluster.count('read')).toBeLessThanOrEqual(1);
  expect(JSON.stringify(record)).not.toContain(ATTACKER);
});

test('a running lab does not follow the address of another pod under its own pod’s name', async () => {
  const lab = harness.aLab();
  await lab.startRunning();
  lab.cluster.pod = aPod(null, 'another-pod').running('10.0.0.2');
  // The second read begins when the first one has had its effect.
  for (const reads of [1, 2]) {
    await lab.handle.signal('checkPod');
    await eventually(
      async () => lab.cluster.count('read'),
      (count) => count >= reads,
    );
  }

  expect((await lab.record()).address?.podIp).toBe('10.0.0.1');
});

test('a reported new address that cannot be read is read again soon', async () => {
  const lab = harness.aLab({ spawnCheckMs: 200 });
  await lab.startRunning();
  const refusal = ApplicationFailure.create({ type: 'KubernetesForbidden', nonRetryable: true });
  lab.cluster.break('read', refusal);
  await lab.podBecomes((pod) => pod.running('10.0.0.2'));
  await eventually(
    async () => lab.cluster.count('read'),
    (reads) => reads > 0,
  );
  lab.cluster.mend('read');
  const record = await eventually(
    () => lab.record(),
    ({ address }) => address?.podIp === '10.0.0.2',
  );

  expect(record.status).toBe('running');
});

test('a running lab whose pod gets another address publishes it once it has read it', async () => {
  const lab = harness.aLab();
  await lab.startRunning();
  await lab.podBecomes((pod) => pod.running('10.0.0.2'));
  const record = await eventually(
    () => lab.record(),
    ({ address }) => address?.podIp === '10.0.0.2',
  );

  expect(record.internalUrl).toContain('//10.0.0.2:8888/nb/user/');
  expect(record.status).toBe('running');
});
