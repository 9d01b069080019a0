import { judgeSpawn, pendingRecord } from '../../../src/domain/lab';
import { AN_INSTANT, aPlan } from '../../support/builders';

test.each([
  ['pending', 'conflict'],
  ['terminating', 'conflict'],
  ['running', 'verify'],
  ['terminated', 'accept'],
  ['failed', 'accept'],
  [null, 'accept'],
] as const)('a create that meets a lab that is %s: %s', (status, verdict) => {
  expect(judgeSpawn(status)).toBe(verdict);
});

test('the record of an accepted spawn shows the lab and none of its environment', () => {
  const plan = aPlan('rachel', { environment: { JUPYTERHUB_API_URL: 'http://hub' }, enableDebug: true });
  const record = pendingRecord(plan, { id: 'a', kind: 'spawn' }, AN_INSTANT);

  expect(record).toMatchObject({
    user: { username: 'rachel', uid: 1101, gid: 1101 },
    options: { image: plan.image.reference, size: 'small', enableDebug: true, resetUserEnv: false },
    status: 'pending',
    internalUrl: null,
    failure: null,
    operation: { id: 'a', kind: 'spawn' },
    since: AN_INSTANT,
  });
  expect(JSON.stringify(record)).not.toMatch(/http:\/\/hub|ciphertext|quota":\{/);
});
