import type { FileServerRecord } from '../../../src/domain/file-server';
import { decodeFileServer, phaseOf } from '../../../src/workflow-clients/file-server-memo';

const record: FileServerRecord = {
  username: 'rachel',
  namespace: 'fileservers',
  routing: 'ingress',
  phase: 'running',
  operationId: 'create-1',
  since: '2077-10-23T09:47:00.000Z',
  startedAt: '2077-10-23T09:46:00.000Z',
  failure: null,
  end: null,
  deleteTimeoutMs: 60_000,
  isAdopted: false,
};

test('a memo is read as it was written', () => {
  expect(decodeFileServer({ fileServer: record })).toEqual(record);
  expect(decodeFileServer({})).toBeNull();
  expect(decodeFileServer(undefined)).toBeNull();
});

test('of a memo of a newer version is read what can be, and an unknown phase is a transition', () => {
  const end = { at: 'now', outcome: 'hibernated', by: 'the moon', name: 7, reason: '<script>', message: 'x' };
  const newer = { ...record, phase: 'hibernating', routing: 'tunnel', failure: 'none', end, later: 1 };

  expect(decodeFileServer({ fileServer: newer })).toEqual({
    ...record,
    phase: 'starting',
    routing: null,
    end: { at: 'now', outcome: 'unknown', by: 'unknown', name: null, reason: 'Unknown', message: 'x' },
  });
});

test('a long message is shortened', () => {
  const failure = { reason: 'PodFailed', message: 'x'.repeat(5_000), detail: null };

  expect(decodeFileServer({ fileServer: { ...record, failure } })?.failure?.message).toHaveLength(2_001);
});

test.each([
  ['running', true, 'running'],
  ['running', false, 'stopped'],
  ['failed', false, 'failed'],
  ['stopped', false, 'stopped'],
] as const)('a run that says %s and is open: %s, is %s', (phase, isOpen, expected) => {
  expect(phaseOf({ ...record, phase }, isOpen)).toBe(expected);
});

test('a run whose memo cannot be read is in transition while it is open', () => {
  expect(phaseOf(null, true)).toBe('starting');
  expect(phaseOf(null, false)).toBe('stopped');
});
