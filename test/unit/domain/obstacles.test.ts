import {
  adviceOnRefusal,
  type EventObstacle,
  obstacleAfter,
  obstacleOfRefusal,
  podDeletionObstacle,
} from '../../../src/domain/obstacles';
import { aPod, aPodEvent } from '../../support/builders';

test.each([
  [
    'pods "nb" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=1, limited: pods=1',
    'your quota',
  ],
  ['pods "nb" is forbidden: failed quota: compute: must specify limits.cpu', 'Tell the operators'],
  ['pods "nb" is forbidden: maximum cpu usage per Container is 2, but limit is 4', 'Choose another size'],
  ['pods "nb" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot', 'Pod Security level'],
  [
    "pods \"nb\" is forbidden: ValidatingAdmissionPolicy 'labs' with binding 'labs' denied request: no",
    'policy',
  ],
  ['admission webhook "policy.example.com" denied the request: [labs] no such image', 'an admission webhook'],
])('a lasting refusal has a remedy: %s', (words, advice) => {
  expect(adviceOnRefusal(words)).toContain(advice);
});

test('of other refusals the words stand alone', () => {
  expect(adviceOnRefusal('pods is forbidden: User "x" cannot create resource "pods"')).toBeNull();
});

test.each([
  ['Internal error occurred: failed calling webhook "mutate.example.com": connection refused', 'webhook'],
  ['error looking up service account lab-rachel/default', 'service account'],
  ['status unknown for quota: compute', 'quota'],
  ['Error creating object (Namespace lab-rachel): ECONNREFUSED: no answer', 'tried again'],
])('a temporary failure is an obstacle: %s', (words, advice) => {
  expect(obstacleOfRefusal(words)).toEqual({
    message: expect.stringMatching(new RegExp(`^.*\\. .*${advice}.*\\.$`)),
    isNamespace: false,
    isStuck: false,
  });
});

const warning = (reason: string, message: string = reason) => aPodEvent(message, { type: 'Warning', reason });
const normal = (reason: string) => aPodEvent(reason, { reason });

const standing = (...events: ReturnType<typeof warning>[]) =>
  events.reduce<EventObstacle | null>(obstacleAfter, null)?.message ?? null;

test.each([
  ['FailedAttachVolume', 'attached'],
  ['FailedMount', 'mounted'],
])('%s is an obstacle with the volume and the cluster’s message', (reason, step) => {
  expect(standing(warning(reason, 'MountVolume.SetUp failed for volume "home" : exit status 32.'))).toBe(
    `A volume of the lab cannot be ${step}: MountVolume.SetUp failed for volume "home" : exit status 32. Tell the operators if this does not pass.`,
  );
});

test.each([
  ['a node was found', warning('FailedScheduling'), normal('Scheduled')],
  ['the image is being pulled', warning('FailedMount'), normal('Pulling')],
  ['the image is there already', warning('FailedMount'), normal('Pulled')],
  ['the network is there', warning('FailedCreatePodSandBox'), normal('Pulling')],
  ['the container runs', warning('Unheard'), normal('Started')],
])('a warning is dropped once %s', (_, met, passed) => {
  expect(standing(met, passed)).toBeNull();
});

test.each([
  ['a node was found', warning('FailedMount'), normal('Scheduled')],
  ['one volume was attached', warning('FailedMount'), normal('SuccessfulAttachVolume')],
  ['the image was pulled', warning('Unhealthy'), normal('Other')],
])('a warning stands although %s', (_, met, other) => {
  expect(standing(met, other)).not.toBeNull();
});

test('the last warning stands', () => {
  expect(standing(warning('FailedScheduling'), normal('Scheduled'), warning('FailedMount', 'one'))).toContain(
    'one',
  );
  expect(standing(warning('FailedMount', 'one'), warning('FailedMount', 'two'))).toContain('two');
});

test('a lost node is an obstacle with what happens next', () => {
  const pod = aPod().running().deleting().onLostNode('node-1');

  expect(podDeletionObstacle(pod, 300_000)).toBe(
    'Node node-1 of the lab cannot be reached, so its pod does not end. The pod is removed without it after 300s; an operator can force the shutdown earlier.',
  );
  expect(podDeletionObstacle(pod, null)).toContain(
    'An operator has to bring the node back, or to force the shutdown.',
  );
});

test('a finalizer of a pod that has ended is named', () => {
  expect(
    podDeletionObstacle({ ...aPod().succeeded().deleting(), finalizers: ['example.com/hold'] }, null),
  ).toBe(
    'The pod of the lab is kept by finalizer example.com/hold. An operator has to mend the controller that it belongs to, or remove it.',
  );
});

test('a pod that takes its time is kept by nothing', () => {
  expect(podDeletionObstacle(aPod().running().deleting(), 300_000)).toBeNull();
  expect(
    podDeletionObstacle({ ...aPod().running().deleting(), finalizers: ['example.com/hold'] }, 300_000),
  ).toBeNull();
});
