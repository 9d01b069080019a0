import { nodeEligibility, type Taint, type Toleration } from '../../../src/domain/node-eligibility';

const taint = (effect: string, key: string, value: string | null = null): Taint => ({ effect, key, value });
const toleration = (fields: Partial<Toleration>): Toleration => ({
  key: null,
  operator: 'Exists',
  value: null,
  effect: null,
  tolerationSeconds: null,
  ...fields,
});
const ready = { taints: [], isReady: true, isUnschedulable: false };

const commentOn = (taints: readonly Taint[], ...tolerations: readonly Toleration[]) => {
  const { isEligible, comment } = nodeEligibility({ ...ready, taints }, tolerations);
  expect(isEligible).toBe(comment === null);
  return comment;
};

test.each([
  ['a node without taints', [], []],
  ['what is only preferred', [taint('PreferNoSchedule', 'slow')], []],
  ['any taint, for whom tolerates everything', [taint('NoExecute', 'a', 'b')], [toleration({})]],
  ['any taint, for an empty key', [taint('NoSchedule', 'a', 'b')], [toleration({ key: '' })]],
  ['any value of a key', [taint('NoSchedule', 'a', 'b')], [toleration({ key: 'a' })]],
  [
    'exactly this taint',
    [taint('NoSchedule', 'a', 'b')],
    [toleration({ key: 'a', operator: 'Equal', value: 'b', effect: 'NoSchedule' })],
  ],
  [
    'an effect that time does not limit',
    [taint('NoSchedule', 'a')],
    [toleration({ key: 'a', tolerationSeconds: 60 })],
  ],
  [
    'each of several taints',
    [taint('NoSchedule', 'a'), taint('NoExecute', 'b')],
    [toleration({ key: 'b' }), toleration({ key: 'a' })],
  ],
])('labs can use %s', (_, taints, tolerations) => {
  expect(commentOn(taints, ...tolerations)).toBeNull();
});

test.each([
  ['nothing is tolerated', [], 'Node is tainted (NoSchedule, gpu = true)'],
  ['another key is tolerated', [toleration({ key: 'cpu' })], 'Node is tainted (NoSchedule, gpu = true)'],
  [
    'another value is tolerated',
    [toleration({ key: 'gpu', operator: 'Equal', value: 'false' })],
    'Node is tainted (NoSchedule, gpu = true)',
  ],
  [
    'another effect is tolerated',
    [toleration({ key: 'gpu', effect: 'NoExecute' })],
    'Node is tainted (NoSchedule, gpu = true)',
  ],
  [
    'the second is tolerated for a time only',
    [toleration({ key: 'gpu' }), toleration({ key: 'old', tolerationSeconds: 60 })],
    'Node is tainted (NoExecute, old)',
  ],
])('labs cannot use a node when %s', (_, tolerations, comment) => {
  const taints = [
    taint('PreferNoSchedule', 'slow'),
    taint('NoSchedule', 'gpu', 'true'),
    taint('NoExecute', 'old'),
  ];
  expect(commentOn(taints, ...tolerations)).toBe(comment);
});

test('an empty value is no value', () => {
  expect(commentOn([taint('NoSchedule', 'a', '')])).toBe('Node is tainted (NoSchedule, a)');
});

test('a cordoned node counts as tainted, even before Kubernetes has tainted it', () => {
  const cordoned = { ...ready, isUnschedulable: true };
  expect(nodeEligibility(cordoned, [])).toEqual({
    isEligible: false,
    comment: 'Node is tainted (NoSchedule, node.kubernetes.io/unschedulable)',
  });
  expect(nodeEligibility(cordoned, [toleration({})]).isEligible).toBe(true);
});

test('a node that is not ready cannot be used, whatever is tolerated', () => {
  expect(nodeEligibility({ ...ready, isReady: false }, [toleration({})])).toEqual({
    isEligible: false,
    comment: 'Node is not ready',
  });
});
