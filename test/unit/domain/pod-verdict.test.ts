import { disruptionOf, judgeRun, judgeStart } from '../../../src/domain/pod-verdict';
import { AN_IMAGE, aPod, type PodBuilder } from '../../support/builders';
import { judge, judgeInTurn, NOW } from './start-verdicts';

const pulling = (reason: string, message: string | null = null) => aPod().waiting(reason, message);

test('a starting pod has started when its lab runs and has an address', () => {
  expect(judge(aPod().running('10.0.0.1'))).toEqual({ kind: 'started', podIp: '10.0.0.1' });
});

test.each([
  ['that is just there', aPod()],
  ['without an address', aPod().running(null)],
  ['whose lab does not run yet', aPod().starting('Running', '10.0.0.1')],
  ['that is being deleted', aPod().running('10.0.0.1').deleting()],
  ['in trouble while it is being deleted', aPod().crashed(1).deleting()],
])('a starting pod %s is waited for', (_, pod) => {
  expect(judge(pod)).toEqual({ kind: 'waiting', obstacle: null });
});

test.each<[string, PodBuilder, string, string]>([
  [
    'whose image has no valid name',
    pulling('InvalidImageName', 'couldn’t parse image name: invalid reference format.'),
    'InvalidImage',
    `The image ${AN_IMAGE} cannot be used: couldn’t parse image name: invalid reference format. Choose another image or tell the operators.`,
  ],
  [
    'whose image may not be pulled',
    pulling('ErrImageNeverPull'),
    'InvalidImage',
    `The image ${AN_IMAGE} cannot be used. Choose another image or tell the operators.`,
  ],
  [
    'whose init container failed',
    aPod().crashed(2, 'Error', 'prepare'),
    'InitContainerFailed',
    'Init container prepare, which prepares the lab, failed with exit code 2 (Error). Try again or tell the operators.',
  ],
  [
    'whose init container needs too much memory',
    aPod().crashed(137, 'OOMKilled', 'prepare'),
    'OutOfMemory',
    'Init container prepare of the lab needed more memory than its limit and was killed (OOMKilled, exit code 137). Choose a larger size.',
  ],
  [
    'whose container crashed',
    aPod().crashed(3),
    'ContainerCrashed',
    'The lab ended with exit code 3 (Error) while it was starting. Choose another image or tell the operators.',
  ],
  [
    'whose container keeps crashing',
    pulling('CrashLoopBackOff', 'back-off 10s restarting'),
    'ContainerCrashed',
    'The lab ended (CrashLoopBackOff) while it was starting: back-off 10s restarting. Choose another image or tell the operators.',
  ],
  [
    'whose container was killed for its memory',
    aPod().crashed(137, 'OOMKilled'),
    'OutOfMemory',
    'The lab needed more memory than its limit and was killed (OOMKilled, exit code 137). Choose a larger size.',
  ],
  [
    'that was evicted',
    aPod().evicted('The node was low on resource: memory. '),
    'PodEvicted',
    'The lab was evicted from its node: The node was low on resource: memory. Start it again.',
  ],
  [
    'whose node was deleted',
    aPod().evicted(null, 'DeletionByPodGC'),
    'NodeLost',
    'The node of the lab is gone or cannot be reached. Start the lab again.',
  ],
  [
    'whose node is lost',
    aPod().lost(),
    'NodeLost',
    'The node of the lab is gone or cannot be reached. Start the lab again.',
  ],
  [
    'that finished',
    aPod().succeeded(),
    'PodFinished',
    'The lab pod finished: Completed, exit code 0. It should have kept running. Choose another image or tell the operators.',
  ],
  [
    'whose lab finished beside other containers',
    aPod().labEnded(0),
    'PodFinished',
    'The lab pod finished: Completed, exit code 0. It should have kept running. Choose another image or tell the operators.',
  ],
  [
    'whose lab failed for good beside other containers',
    aPod().labEnded(1, 'Error', 'no kernel'),
    'ContainerCrashed',
    'The lab ended with exit code 1 (Error) while it was starting: no kernel. Choose another image or tell the operators.',
  ],
  ['that failed', aPod().failed('DeadlineExceeded'), 'PodFailed', 'The lab pod failed: DeadlineExceeded'],
])('a starting pod %s has failed at once', (_, pod, reason, message) => {
  expect(judge(pod)).toEqual({ kind: 'failed', failure: { reason, message } });
});

test.each<[string, PodBuilder, string, number]>([
  ['that cannot get its image', pulling('ErrImagePull'), 'ImagePullFailed', 30_000],
  ['whose registry is away', pulling('RegistryUnavailable'), 'ImagePullFailed', 30_000],
  ['whose container lacks a secret', pulling('CreateContainerConfigError'), 'ContainerConfigError', 30_000],
  ['whose container cannot be created', pulling('CreateContainerError'), 'ContainerConfigError', 30_000],
  ['that fits on no node', aPod().unschedulable('0/3 nodes'), 'Unschedulable', 300_000],
  [
    'whose init container is tried again',
    aPod().retried(4, 'Error', null, 'prepare'),
    'InitContainerFailed',
    20_000,
  ],
  ['whose container is started again', aPod().retried(1), 'ContainerCrashed', 20_000],
  [
    'whose container is started again after it was killed',
    aPod().retried(137, 'OOMKilled'),
    'OutOfMemory',
    20_000,
  ],
])('a starting pod %s is waited for until patience ends', (_, pod, reason, patienceMs) => {
  expect(judge(pod)).toMatchObject({
    kind: 'waiting',
    obstacle: { failure: { reason }, sinceMs: NOW, untilMs: NOW + patienceMs },
  });
  expect(judgeInTurn([NOW, pod], [NOW + patienceMs - 1, pod])).toMatchObject({ kind: 'waiting' });
  expect(judgeInTurn([NOW, pod], [NOW + patienceMs, pod])).toMatchObject({
    kind: 'failed',
    failure: { reason },
  });
});

test('a starting pod without patience fails at once', () => {
  const none = { imagePullPatienceMs: 0, unschedulablePatienceMs: 0 };
  const verdict = judgeStart(pulling('ErrImagePull'), { nowMs: NOW, earlier: null }, none);

  expect(verdict).toMatchObject({ kind: 'failed', failure: { reason: 'ImagePullFailed' } });
});

const later = NOW + 29_000;

test('patience counts from the first of several pulls, and the back-off does not hide why they failed', () => {
  const verdict = judgeInTurn(
    [NOW, pulling('ErrImagePull', 'manifest unknown')],
    [later, pulling('ImagePullBackOff', 'Back-off pulling image')],
    [NOW + 30_000, pulling('ImagePullBackOff', 'Back-off pulling image')],
  );

  expect(verdict).toEqual({
    kind: 'failed',
    failure: {
      reason: 'ImagePullFailed',
      message: `The image ${AN_IMAGE} could not be pulled: manifest unknown. Choose another image or tell the operators.`,
    },
  });
});

test.each([
  ['an obstacle that passed in between', aPod().starting()],
  ['an obstacle of another kind', aPod().unschedulable('0/3 nodes')],
  ['an obstacle of another container', aPod().waiting('ErrImagePull', null, 'prepare')],
])('patience begins anew after %s', (_, between) => {
  const verdict = judgeInTurn(
    [NOW, pulling('ErrImagePull')],
    [later, between],
    [NOW + 31_000, pulling('ErrImagePull')],
  );

  expect(verdict).toMatchObject({ kind: 'waiting', obstacle: { sinceMs: NOW + 31_000 } });
});

test.each<[string, PodBuilder, object]>([
  ['finished', aPod().succeeded(), { status: 'terminated', failure: null }],
  ['failed', aPod().failed('Error', 1), { status: 'terminated', failure: { reason: 'PodFailed' } }],
  ['ran out of memory', aPod().failed('OOMKilled', 137), { failure: { reason: 'OutOfMemory' } }],
  ['finished beside others', aPod().running().labEnded(0), { status: 'terminated', failure: null }],
  [
    'failed for good beside others',
    aPod().running().labEnded(1, 'Error', 'kernel died'),
    {
      status: 'terminated',
      failure: { reason: 'PodFailed', message: 'The lab pod failed: Error, kernel died, exit code 1' },
    },
  ],
  [
    'finished in a pod that others made fail',
    { ...aPod().running().labEnded(0), phase: 'Failed' } as PodBuilder,
    { status: 'terminated', failure: null },
  ],
  ['was evicted', aPod().evicted(), { status: 'terminated', failure: { reason: 'PodEvicted' } }],
  ['lost its node for good', aPod().evicted(null, 'DeletionByPodGC'), { failure: { reason: 'NodeLost' } }],
  ['lost its node', aPod().lost(), { status: 'failed', failure: { reason: 'NodeLost' } }],
  ['is said to have lost its node', aPod().running().disrupted('NodeLost'), { status: 'failed' }],
])('a running lab that %s has ended so', (_, pod, expected) => {
  expect(judgeRun(pod)).toMatchObject(expected);
});

test.each([
  ['has all it needs', aPod().running()],
  ['has its container restarted', aPod().running().crashed(137, 'OOMKilled')],
  ['ends because its pod is deleted', aPod().running().deleting().labEnded(0)],
  ['is about to be evicted', aPod().running().disrupted('EvictionByEvictionAPI')],
])('a running lab that %s runs on', (_, pod) => {
  expect(judgeRun(pod)).toBeNull();
});

test.each([
  ['EvictionByEvictionAPI', 'PodEvicted'],
  ['PreemptionByScheduler', 'PodEvicted'],
  ['DeletionByTaintManager', 'PodEvicted'],
  ['DeletionByPodGC', 'NodeLost'],
])('a pod that is removed by %s is known to be: %s', (reason, expected) => {
  expect(disruptionOf(aPod().running().disrupted(reason).deleting())?.reason).toBe(expected);
});

test('a pod that someone deletes without a word is not disrupted', () => {
  expect(disruptionOf(aPod().running().deleting())).toBeNull();
});
