import { ApplicationFailure } from '@temporalio/common';
import type { LabTimeouts } from '../../src/workflows/lab/messages';
import { LAB_HISTORIES } from '../replay/exits';
import { lifeInWords } from '../replay/published-life';
import { aPod } from '../support/builders';
import { eventually } from '../support/eventually';
import { recordHistory } from '../support/history-recorder';
import {
  adopted,
  type Drive,
  exitedThen,
  failedThen,
  failingRemoval,
  meetingObstacle,
  obstacleTold,
  refused,
  replaced,
  running,
  starting,
  whileDeleting,
} from '../support/lab-drives';
import { STUCK_NAMESPACE, WEBHOOK_AWAY } from '../support/obstacles';
import { startWorkflowHarness, type WorkflowHarness } from '../support/workflow-harness';

/** Every way in which a lab can end, by the name under which the replay test keeps its history. */

let harness: WorkflowHarness;

beforeAll(async () => {
  harness = await startWorkflowHarness();
});

afterAll(() => harness.close(), 30_000);

type HistoryName = keyof typeof LAB_HISTORIES;

/** A spawn whose end is ordered before its workflow has done anything. */
const beforeFirstTask =
  (end: Drive): Drive =>
  async (lab) => {
    await harness.stopWorker();
    await lab.start();
    await end(lab);
    await harness.startWorker();
  };

const RUNNING = { status: 'running', internalUrl: 'http://10.0.0.1:8888/nb/user/x/' } as const;
const PENDING = { status: 'pending' } as const;
const FAILED = { status: 'failed', failure: { reason: 'PodFailed', message: 'The lab pod failed' } } as const;

const forbidden = ApplicationFailure.nonRetryable('refused', 'KubernetesForbidden');
const earlyRemoval: Drive = async (lab) => {
  void lab.remove('early');
  await lab.untilAsked('early');
};
const force: Drive = (lab) => lab.force();
const cancel: Drive = (lab) => lab.handle.cancel();
const remove: Drive = (lab) => lab.remove();

/** How a test leads a lab there, and the limits that it shortens for that. Other tests record what is not here. */
const WAYS: Partial<Record<HistoryName, readonly [Partial<LabTimeouts>, Drive]>> = {
  'spawn-pod-failed': [{ failedRetentionMs: 300 }, starting((pod) => pod.failed())],
  'spawn-pod-finished': [{}, starting((pod) => pod.succeeded())],
  'spawn-out-of-memory': [{}, starting((pod) => pod.crashed(137, 'OOMKilled'))],
  'spawn-container-crashed': [{}, starting((pod) => pod.crashed(3))],
  'spawn-crash-loop': [{ startRetryPatienceMs: 400 }, starting((pod) => pod.retried(4))],
  'spawn-init-container-failed': [{}, starting((pod) => pod.crashed(2, 'Error', 'prepare'))],
  'spawn-home-full': [{}, starting((pod) => pod.homeRefused())],
  'spawn-invalid-image': [{}, starting((pod) => pod.waiting('InvalidImageName'))],
  'spawn-image-pull-failed': [{ imagePullPatienceMs: 400 }, starting((pod) => pod.waiting('ErrImagePull'))],
  'spawn-container-config-error': [
    { imagePullPatienceMs: 400 },
    starting((pod) => pod.waiting('CreateContainerConfigError')),
  ],
  'spawn-unschedulable': [
    { unschedulablePatienceMs: 400 },
    starting((pod) => pod.unschedulable('0/3 nodes are available')),
  ],
  'spawn-pod-evicted': [{}, starting((pod) => pod.evicted('low on memory'))],
  'spawn-node-lost': [{}, starting((pod) => pod.lost())],
  'spawn-pod-vanished': [
    {},
    async (lab) => {
      await lab.start();
      await lab.podExists();
      await lab.podDisappears();
    },
  ],
  'spawn-timeout': [{ spawnMs: 1_500 }, (lab) => lab.start()],
  'spawn-quota-exceeded': [{}, refused('QuotaExceeded')],
  'spawn-object-conflict': [{}, refused('ObjectConflict')],
  'spawn-kubernetes-forbidden': [{}, refused('KubernetesForbidden')],
  'spawn-kubernetes-invalid': [{}, refused('KubernetesInvalid')],
  'spawn-kubernetes-unavailable': [{}, refused('KubernetesUnavailable')],
  'spawn-configuration-error': [{}, refused('ConfigurationError')],
  'spawn-plan-refused': [{}, refused('PlanRefused')],
  'spawn-internal-error': [{}, refused()],

  'delete-during-creation': [
    {},
    async (lab) => {
      const creation = lab.cluster.hold('create');
      await lab.start();
      await creation.entered;
      const { answer } = await lab.beginRemoval();
      creation.open();
      await answer;
    },
  ],
  'force-during-spawn': [{}, async (lab) => [await lab.start(), await lab.podExists(), await lab.force()]],
  'cancellation-during-spawn': [
    {},
    async (lab) => [await lab.start(), await lab.podExists(), await lab.handle.cancel()],
  ],
  'delete-before-first-task': [{}, beforeFirstTask(earlyRemoval)],
  'force-before-first-task': [{}, beforeFirstTask(force)],
  'cancellation-before-first-task': [{}, beforeFirstTask(cancel)],

  'creation-obstacle-timeout': [
    { spawnMs: 3_000 },
    async (lab) => {
      lab.cluster.obstacles.set('create', WEBHOOK_AWAY);
      await lab.start();
    },
  ],
  'creation-meets-namespace': [
    {},
    async (lab) => {
      lab.cluster.obstacles.set('create', STUCK_NAMESPACE).set('deleteNamespace', STUCK_NAMESPACE);
      await lab.start();
      await obstacleTold(lab);
      lab.cluster.obstacles.clear();
      await lab.podExists();
      await lab.podRuns();
    },
  ],
  'slow-namespace-timeout': [
    {},
    async (lab) => {
      await lab.startRunning();
      lab.cluster.obstacles.set('deleteNamespace', { ...STUCK_NAMESPACE, isStuck: false });
      await lab.remove();
      await obstacleTold(lab);
      await lab.respawn(lab.aRequest({ spawnMs: 1_500 }));
    },
  ],
  'stuck-namespace-of-deletion': [
    { deleteMs: 2_000 },
    async (lab) => {
      await lab.startRunning();
      lab.cluster.obstacles.set('deleteNamespace', STUCK_NAMESPACE);
      await lab.remove();
      await eventually(
        () => lab.record(),
        ({ failure }) => failure !== null,
      );
      lab.cluster.obstacles.clear();
    },
  ],
  'refused-namespace-deletion': [
    { failedRetentionMs: 200 },
    async (lab) => {
      await lab.startRunning();
      lab.cluster.break('deleteNamespace', forbidden);
      await lab.remove();
      await obstacleTold(lab);
      lab.cluster.mend('deleteNamespace');
    },
  ],
  'lost-node-delete-timeout': [
    { deleteMs: 1_500, deleteCheckMs: 100 },
    meetingObstacle((pod) => pod.onLostNode()),
  ],
  'finalizer-of-pod': [
    { deleteMs: 1_500, deleteCheckMs: 100 },
    meetingObstacle((pod) => pod.onLostNode().keptBy('example.com/hold')),
  ],

  'run-pod-failed': [{ terminatedRetentionMs: 300 }, running((pod) => pod.failed('Error', 1))],
  'run-out-of-memory': [{ terminatedRetentionMs: 300 }, running((pod) => pod.failed('OOMKilled', 137))],
  'run-container-crashed': [{ restartPatienceMs: 400 }, running((pod) => pod.retried(1))],
  'run-pod-evicted': [{ terminatedRetentionMs: 300 }, running((pod) => pod.evicted('low on memory'))],
  'run-node-removed': [
    { terminatedRetentionMs: 300 },
    running((pod) => pod.evicted(null, 'DeletionByPodGC')),
  ],
  'run-node-lost': [{}, running((pod) => pod.lost())],
  'run-pod-vanished': [{}, async (lab) => [await lab.startRunning(), await lab.podDisappears()]],
  'run-disrupted': [{}, running((pod) => pod.disrupted('DeletionByTaintManager').deleting())],
  'run-pod-deleted': [{}, running((pod) => pod.deleting())],

  'run-deleted-by-caller': [
    {},
    async (lab) => {
      await lab.startRunning();
      await (await lab.beginRemoval(undefined, 'dorothy')).answer;
    },
  ],
  'run-forced': [{}, async (lab) => [await lab.startRunning(), await lab.force()]],
  'run-cancelled': [{}, async (lab) => [await lab.startRunning(), await lab.handle.cancel()]],
  'delete-timeout': [{ deleteMs: 1_000 }, meetingObstacle((pod) => pod)],
  'delete-timeout-forced': [
    { deleteMs: 1_000 },
    async (lab) => {
      await meetingObstacle((pod) => pod)(lab);
      await lab.force();
    },
  ],
  'delete-refused': [
    {},
    async (lab) => {
      await lab.startRunning();
      lab.cluster.break('delete', forbidden);
      await failingRemoval(lab);
    },
  ],
  'force-during-deletion': [{}, whileDeleting(force)],
  'cancellation-during-deletion': [
    {},
    whileDeleting(async (lab) => [await lab.handle.cancel(), await lab.podDisappears()]),
  ],

  'failed-deleted': [{}, failedThen(remove)],
  'failed-forced': [{}, failedThen(force)],
  'terminated-deleted': [{}, exitedThen(remove)],
  'terminated-cancelled': [{}, exitedThen(cancel)],
  'failed-replaced': [{}, failedThen(replaced)],
  'dead-lab-replaced': [
    {},
    async (lab) => {
      await lab.startRunning();
      lab.cluster.losePod();
      await replaced(lab);
    },
  ],

  'adopted-pending-timeout': [{ spawnMs: 500 }, adopted((pod) => pod, PENDING)],
  'adopted-pending-deleted': [{}, adopted((pod) => pod, PENDING, remove)],
  'adopted-exited': [
    { terminatedRetentionMs: 300 },
    adopted(
      (pod) => pod.running(),
      RUNNING,
      (lab) => lab.podBecomes((pod) => pod.succeeded()),
    ),
  ],
  'adopted-vanished': [{}, (lab) => lab.adopt(aPod(null, 'foreign').running(), RUNNING)],
  'adopted-failed': [{ failedRetentionMs: 300 }, adopted((pod) => pod.failed('Error', 1), FAILED)],
};

const ways = Object.entries(WAYS) as [HistoryName, readonly [Partial<LabTimeouts>, Drive]][];

test.each(ways)('a lab on the way “%s” publishes what is listed for it', async (name, [timeouts, drive]) => {
  const lab = harness.aLab(timeouts);
  await drive(lab);
  const listed: string = LAB_HISTORIES[name];
  const life = await eventually(
    async () => lifeInWords(await lab.handle.fetchHistory()),
    (life) => life === listed,
  );

  expect(life).toBe(listed);
  recordHistory(name, lab.username);
});
