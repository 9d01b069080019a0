import type { V1Namespace } from '@kubernetes/client-node';
import { namespaceObstacle } from '../../../../src/objects/reading/namespace';

const DELETED_AT = new Date('2077-10-23T09:47:00Z');
const SOON = DELETED_AT.getTime() + 5_000;
const LATER = DELETED_AT.getTime() + 30_000;

const condition = (type: string, message: string, status = 'True') => ({
  type,
  status,
  message,
  reason: 'Because',
});

function aNamespace(conditions: ReturnType<typeof condition>[], finalizers?: string[]): V1Namespace {
  return {
    metadata: { name: 'lab-rachel', deletionTimestamp: DELETED_AT, finalizers },
    status: { phase: 'Terminating', conditions },
  };
}

const DISCOVERY = condition(
  'NamespaceDeletionDiscoveryFailure',
  'Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: metrics.k8s.io/v1beta1: stale GroupVersion discovery: metrics.k8s.io/v1beta1',
);
const CONTENT = condition(
  'NamespaceContentRemaining',
  'Some resources are remaining: configmaps. has 1 resource instances',
);
const finalizersRemaining = (...entries: string[]) =>
  condition(
    'NamespaceFinalizersRemaining',
    `Some content in the namespace has finalizers remaining: ${entries.join(', ')}`,
  );

test('an unavailable API is an obstacle at once, with the message of the condition and the remedy', () => {
  expect(namespaceObstacle(aNamespace([DISCOVERY]), SOON)).toEqual({
    message:
      'Namespace lab-rachel cannot go while APIs of the cluster are away: Discovery failed for some groups, 1 failing: ' +
      'unable to retrieve the complete list of server APIs: metrics.k8s.io/v1beta1: stale GroupVersion discovery: ' +
      'metrics.k8s.io/v1beta1. An operator has to bring their servers back, or remove their APIService objects.',
    isNamespace: true,
    isStuck: true,
  });
});

test('a finalizer of an object inside is named, with what it keeps', () => {
  const namespace = aNamespace([CONTENT, finalizersRemaining('example.com/hold in 1 resource instances')]);

  expect(namespaceObstacle(namespace, LATER)).toEqual({
    message:
      'Namespace lab-rachel is kept by finalizer example.com/hold in 1 resource instances (Some resources are ' +
      'remaining: configmaps. has 1 resource instances). An operator has to mend the controller that it belongs to, ' +
      'or remove it.',
    isNamespace: true,
    isStuck: true,
  });
});

test('a finalizer of the namespace itself is named', () => {
  expect(namespaceObstacle(aNamespace([], ['example.com/hold']), LATER)).toMatchObject({
    message: expect.stringContaining('is kept by its own finalizer example.com/hold. An operator has to'),
    isStuck: true,
  });
});

test.each([
  [
    'a finalizer of Kubernetes',
    [finalizersRemaining('kubernetes.io/pvc-protection in 2 resource instances')],
  ],
  ['content that remains', [CONTENT]],
  ['nothing at all', []],
])('a temporary delay is an obstacle when it lasts, and is not stuck: %s', (_, conditions) => {
  expect(namespaceObstacle(aNamespace(conditions), SOON)).toBeNull();
  expect(namespaceObstacle(aNamespace(conditions), LATER)).toMatchObject({
    message: expect.stringMatching(/^Namespace lab-rachel .*\. .*operator has to .*\.$/),
    isStuck: false,
  });
});

test('conditions that do not hold keep nothing', () => {
  const passed = { ...DISCOVERY, status: 'False' };
  expect(namespaceObstacle(aNamespace([passed]), SOON)).toBeNull();
});

test('a namespace that is not being deleted has no obstacle', () => {
  expect(namespaceObstacle({ metadata: { name: 'lab-rachel' }, status: {} }, LATER)).toBeNull();
});

test('a condition of any length gives a bounded message', () => {
  const long = finalizersRemaining(
    ...Array.from({ length: 20_000 }, (_, n) => `example.com/f${n} in 1 resource instances`),
  );
  const obstacle = namespaceObstacle(
    aNamespace([long, { ...CONTENT, message: 'x'.repeat(1_000_000) }]),
    LATER,
  );

  expect(obstacle?.message.length).toBeLessThan(1_500);
});
