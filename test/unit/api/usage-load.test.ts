import { pino } from 'pino';
import { createMetrics } from '../../../src/api/plugins/metrics';
import { buildLabsApp } from '../../../src/api/usage-service';
import { eventually } from '../../support/eventually';
import { SETTINGS } from './fakes';

test('reports of labs that share an address are limited by proven name, others by address', async () => {
  const held = Promise.withResolvers<void>();
  const verified: string[] = [];
  const app = await buildLabsApp({
    settings: {
      pathPrefix: '/nublado',
      timeouts: SETTINGS.timeouts,
      limits: { ...SETTINGS.limits, requestsOfUser: 1 },
    },
    logger: pino({ level: 'silent' }),
    metrics: createMetrics(),
    reportFailure: () => {},
    proofs: { isOf: (username, proof) => proof === `proof-of-${username}` },
    tokens: {
      async verify(username) {
        verified.push(username);
        await held.promise;
      },
    },
    report: () => {},
  });
  const statusOf = async (username: string, proof: string) => {
    const answer = await app.inject({
      method: 'POST',
      url: `/nublado/spawner/v1/labs/${username}/activity?proof=${proof}`,
      headers: { authorization: 'token of-the-lab' },
      payload: { last_activity: '2077-10-23T09:47:00Z' },
    });
    return answer.statusCode;
  };
  const first = [
    statusOf('rachel', 'proof-of-rachel'),
    statusOf('beth', 'proof-of-beth'),
    statusOf('carl', ''),
  ];
  const second = [statusOf('rachel', 'proof-of-rachel'), statusOf('dora', 'proof-of-rachel')];

  expect(await Promise.all(second)).toEqual([429, 429]);
  await eventually(
    async () => verified,
    ({ length }) => length === 3,
  );
  expect(verified).toEqual(['rachel', 'beth', 'carl']);
  held.resolve();
  expect(await Promise.all(first)).toEqual([204, 204, 204]);
  await app.close();
});
