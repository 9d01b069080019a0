import { judgeSpawn } from '../../../src/domain/lab';
import { pendingRecord } from '../../../src/domain/lab-record';
import { labUrl } from '../../../src/domain/lab-url';
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

test.each([
  ['10.0.0.1', { JUPYTERHUB_SERVICE_PREFIX: '/nb/user/rachel/' }, 'http://10.0.0.1:8888/nb/user/rachel/'],
  ['fd00::1', { JUPYTERHUB_SERVICE_PREFIX: '/' }, 'http://[fd00::1]:8888/'],
  ['10.0.0.1', {}, 'http://10.0.0.1:8888/'],
])('a lab at %s is reached straight at its pod', (ip, environment, url) => {
  expect(labUrl(ip, environment)).toBe(url);
});
