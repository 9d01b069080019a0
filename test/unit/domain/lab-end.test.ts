import { FAILURE_REASONS, failedEnding, stoppedBy, stoppedByOperator } from '../../../src/domain/lab-end';

const because = (reason: (typeof FAILURE_REASONS)[number]) => failedEnding({ reason, message: 'So.' });

test.each([
  ['PodEvicted', 'lost', 'cluster'],
  ['NodeLost', 'lost', 'cluster'],
  ['PodVanished', 'lost', 'cluster'],
  ['Unschedulable', 'failed', 'cluster'],
  ['OutOfMemory', 'failed', 'lab'],
  ['PodFailed', 'failed', 'lab'],
  ['SpawnTimeout', 'failed', 'controller'],
] as const)('with %s a lab has %s, by the %s', (reason, outcome, by) => {
  expect(because(reason)).toEqual({ outcome, by, name: null, reason, message: 'So.' });
});

test('every failure has a cause: the lab, the cluster or the controller', () => {
  const parties = FAILURE_REASONS.map((reason) => because(reason).by);
  expect(new Set(parties)).toEqual(new Set(['lab', 'cluster', 'controller']));
});

test('a deletion is by the named caller, else by a hub', () => {
  expect(stoppedBy('rachel')).toMatchObject({ outcome: 'stopped', by: 'caller', name: 'rachel' });
  expect(stoppedBy(null)).toMatchObject({ outcome: 'stopped', by: 'hub', name: null });
});

test('long words are cut short, between characters', () => {
  const { message } = stoppedByOperator('🐢'.repeat(500));
  expect(message).toBe(`${'🐢'.repeat(199)}…`);
});
