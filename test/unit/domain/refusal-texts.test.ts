import { adviceOnRefusal, obstacleOfRefusal } from '../../../src/domain/refusal-texts';

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
])('a refusal that stands is told with what can be done: %s', (words, advice) => {
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
])('what may pass is told as an obstacle: %s', (words, advice) => {
  expect(obstacleOfRefusal(words)).toEqual({
    message: expect.stringMatching(new RegExp(`^.*\\. .*${advice}.*\\.$`)),
    isNamespace: false,
    isStuck: false,
  });
});
