import { placementAdvice } from '../../../src/domain/failure-messages';

const SMALLER = 'Choose a smaller size, try again later or tell the operators.';

test.each([
  [
    '0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: 3 No preemption victims found.',
  ],
  ['0/3 nodes are available: 1 Insufficient memory, 2 node(s) had untolerated taint {gpu: true}.'],
  ['0/1 nodes are available: 1 Insufficient ephemeral-storage.'],
  ['no words that are known'],
])('a smaller size may help where nodes lack what sizes ask for: %s', (message) => {
  expect(placementAdvice(message)).toBe(SMALLER);
});

test.each([
  ["0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.", 'lack the labels'],
  [
    '0/3 nodes are available: 3 node(s) had untolerated taint {node-role/gpu: }.',
    'have taints that the lab does not',
  ],
  ['0/3 nodes are available: 3 node(s) had volume node affinity conflict.', 'cannot reach a volume'],
  [
    "0/3 nodes are available: 3 node(s) didn't find available persistent volumes to bind.",
    'no volume that fits',
  ],
  ['0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.', 'wait for a claim'],
  ['0/3 nodes are available: persistentvolumeclaim "homes" not found.', 'a claim that the lab names'],
  ["0/3 nodes are available: 3 node(s) didn't have free ports for the requested pod ports.", 'no free port'],
  ['0/3 nodes are available: 3 node(s) were unschedulable.', 'are cordoned'],
  ['0/3 nodes are available: 3 node(s) exceed max volume count.', 'as many volumes'],
  ['0/3 nodes are available: 3 Insufficient nvidia.com/gpu.', 'not part of sizes'],
])('a smaller size does not help, and the message has a remedy for operators: %s', (message, words) => {
  const advice = placementAdvice(message);

  expect(advice).toMatch(/^A smaller size does not help\. Tell the operators that nodes /);
  expect(advice).toContain(words);
});

test('all of several causes are in the message', () => {
  expect(
    placementAdvice(
      "0/5 nodes are available: 2 node(s) didn't match Pod's node affinity/selector, 3 node(s) had untolerated taint {a: b}. preemption: 0/5 nodes are available: 5 Preemption is not helpful for scheduling.",
    ),
  ).toBe(
    'A smaller size does not help. Tell the operators that nodes lack the labels that the lab asks for, and have taints that the lab does not tolerate.',
  );
});

test('nodes with too many pods may have room later', () => {
  expect(placementAdvice('0/3 nodes are available: 3 Too many pods.')).toBe(
    'Try again later or tell the operators.',
  );
});

test('what preemption would do is not taken for a cause', () => {
  expect(
    placementAdvice('0/3 nodes are available: 3 node(s) were unschedulable. preemption: 3 Insufficient cpu.'),
  ).toContain('are cordoned');
});
