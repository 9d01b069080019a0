import type { FileServerObservation } from '../../../src/domain/file-server';
import { judgeCreation, judgeRun, obstacleOfRun } from '../../../src/domain/file-server-verdict';
import { aPod } from '../../support/builders';

const identity = { uid: 'a', spawnId: 'create-1', isDeleting: false };
const pod = aPod('create-1');

/** A file server whose pod runs and which is served, but for these changes. */
function observed(changes: Partial<FileServerObservation> = {}): FileServerObservation {
  return {
    job: { ...identity, end: null },
    pod: pod.running(),
    ingress: { ...identity, address: '10.1.1.1', isServed: true },
    ...changes,
  };
}

const unserved = { ...identity, address: null, isServed: false };

test('a file server is usable once its pod runs and requests arrive', () => {
  expect(judgeCreation(observed(), 'gafaelfawr')).toEqual({ kind: 'usable' });
});

test.each<[string, Partial<FileServerObservation>, string]>([
  ['no pod', { pod: null }, 'The job of the file server has no pod yet.'],
  ['a pod that starts', { pod }, 'The pod of the file server is starting.'],
  [
    'a pod that no node takes',
    { pod: pod.unschedulable('0/3 nodes are available') },
    'Unschedulable: 0/3 nodes are available.',
  ],
  [
    'an image that is not there yet',
    { pod: pod.waiting('ImagePullBackOff', 'back-off', 'fileserver') },
    'ImagePullBackOff: back-off.',
  ],
  ['no Ingress', { ingress: null }, 'There is no Ingress of the file server yet.'],
  ['an Ingress without address', { ingress: unserved }, 'The Ingress of the file server has no address yet.'],
  [
    'an Ingress that goes',
    { ingress: { ...identity, isDeleting: true, address: '10.1.1.1', isServed: true } },
    'The Ingress of the file server is being deleted.',
  ],
])('a creation with %s is waited for', (_, changes, obstacle) => {
  expect(judgeCreation(observed(changes), 'ingress')).toEqual({ kind: 'waiting', obstacle });
});

test('a route that no Gateway has accepted is waited for', () => {
  expect(judgeCreation(observed({ ingress: unserved }), 'httpRoute')).toEqual({
    kind: 'waiting',
    obstacle: 'No Gateway has accepted the route of the file server yet.',
  });
});

test.each<[string, Partial<FileServerObservation>, string, string]>([
  [
    'fails',
    { pod: pod.failed('Error', 1) },
    'PodFailed',
    'ended with exit code 1 (Error) while it was starting',
  ],
  [
    'ends',
    { pod: pod.succeeded() },
    'PodFinished',
    'ended with exit code 0 (Completed) while it was starting',
  ],
  ['has crashed and still counts as running', { pod: pod.crashed(1) }, 'PodFailed', 'exit code 1 (Error)'],
  ['needs too much memory', { pod: pod.failed('OOMKilled', 137) }, 'OutOfMemory', 'exit code 137'],
  [
    'is evicted',
    { pod: pod.evicted('low on memory') },
    'PodEvicted',
    'evicted from its node: low on memory.',
  ],
  ['is about to be evicted', { pod: pod.disrupted('EvictionByEvictionAPI') }, 'PodEvicted', 'evicted'],
  ['is on a node that is gone', { pod: pod.lost() }, 'NodeLost', 'cannot be reached'],
  ['is deleted', { pod: pod.deleting() }, 'PodVanished', 'The pod of the file server was deleted'],
  ['has no job any more', { job: null, pod: null }, 'PodVanished', 'The job of the file server was deleted'],
  [
    'has a job that ended',
    { job: { ...identity, end: 'failed' }, pod: null },
    'PodVanished',
    'The job of the file server ended',
  ],
  [
    'has an image that cannot be used',
    { pod: pod.waiting('InvalidImageName', 'bad', 'fileserver') },
    'InvalidImage',
    'The image of the file server cannot be used: bad. Tell the operators.',
  ],
])('a creation whose pod %s has failed', (_, changes, reason, message) => {
  expect(judgeCreation(observed(changes), 'ingress')).toMatchObject({
    kind: 'failed',
    failure: { reason, message: expect.stringContaining(message) },
  });
});

test('a running file server goes on while its pod runs, also unserved or on a lost node, which is told', () => {
  expect(judgeRun(observed())).toBeNull();
  expect(obstacleOfRun(observed(), 'ingress')).toBeNull();
  expect(judgeRun(observed({ ingress: unserved }))).toBeNull();
  expect(obstacleOfRun(observed({ ingress: unserved }), 'ingress')).toContain('no address yet');
  const lost = observed({ pod: pod.running().onLostNode('node-1') });
  expect(judgeRun(lost)).toBeNull();
  expect(obstacleOfRun(lost, 'ingress')).toContain('Node node-1 of the file server cannot be reached');
});

test.each<[string, Partial<FileServerObservation>]>([
  ['its pod', { pod: pod.succeeded() }],
  ['its job alone', { pod: null, job: { ...identity, end: 'succeeded' } }],
])('a running file server that ended with 0, by %s, was idle', (_, changes) => {
  expect(judgeRun(observed(changes))).toMatchObject({
    ending: { outcome: 'exited', by: 'lab' },
    failure: null,
  });
});

test.each<[string, Partial<FileServerObservation>, string, string]>([
  ['failed', { pod: pod.running().failed('Error', 2) }, 'PodFailed', 'failed'],
  ['was evicted', { pod: pod.running().evicted() }, 'PodEvicted', 'lost'],
  ['is being deleted', { pod: pod.running().deleting() }, 'PodVanished', 'lost'],
  ['is gone', { pod: null }, 'PodVanished', 'lost'],
  ['lost its job', { job: null, pod: null }, 'PodVanished', 'lost'],
  ['has a failed job', { job: { ...identity, end: 'failed' } }, 'PodVanished', 'lost'],
  ['is on a node that is gone', { pod: pod.running().lost() }, 'NodeLost', 'lost'],
])('a running file server that %s has ended', (_, changes, reason, outcome) => {
  expect(judgeRun(observed(changes))).toMatchObject({ ending: { outcome }, failure: { reason } });
});
