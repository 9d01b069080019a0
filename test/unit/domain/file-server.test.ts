import {
  adoptedRecord,
  type FileServerAdoption,
  type FileServerObservation,
} from '../../../src/domain/file-server';
import { aPod } from '../../support/builders';

const AT = '2077-10-23T09:47:00.000Z';

/** What a file server of one creation consists of; null is that of another controller. */
const observed = (spawnId: string | null): FileServerObservation => ({
  job: { uid: 'job', spawnId, isDeleting: false, end: null },
  pod: aPod(spawnId).running(),
  ingress: { uid: 'ingress', spawnId, isDeleting: false, address: '192.0.2.1', isServed: true },
});

const recordOf = (changes: Partial<FileServerAdoption>) => {
  const adoption = {
    username: 'rachel',
    namespace: 'files',
    routing: 'gafaelfawr',
    observed: observed('op-1'),
    startedAt: AT,
    ...changes,
  } as const;
  return adoptedRecord(adoption, { deleteMs: 1_000 }, AT);
};

test.each(['op-1', null])('a file server that serves is adopted as running, of creation %s', (spawnId) => {
  expect(recordOf({ observed: observed(spawnId) })).toMatchObject({
    phase: 'running',
    operationId: spawnId,
    isAdopted: true,
    failure: null,
  });
});

test('what does not serve never shows as running', () => {
  const { pod, ...rest } = observed('op-1');
  expect(pod?.phase).toBe('Running');
  expect(recordOf({ observed: { ...rest, pod: null } }).phase).toBe('stopping');
});

test('the creation of what is left is that of the objects, and without any that of the claims', () => {
  const nothing = { job: null, pod: null, ingress: null };
  const { ingress } = observed('op-2');
  expect(recordOf({ observed: nothing, operationId: 'op-3' }).operationId).toBe('op-3');
  expect(recordOf({ observed: nothing }).operationId).toBeNull();
  expect(recordOf({ observed: { ...nothing, ingress }, operationId: 'op-3' }).operationId).toBe('op-2');
  expect(recordOf({ observed: observed(null), operationId: 'op-3' }).operationId).toBeNull();
});
