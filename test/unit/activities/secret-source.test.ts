import type { KubernetesObject } from '@kubernetes/client-node';
import { createSecretSource } from '../../../src/activities/secret-source';
import type { KubernetesClient } from '../../../src/kubernetes/client';
import { KubernetesError } from '../../../src/kubernetes/errors';

const SECRET = { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'e30=' } };

/** A source over a cluster whose answers a test gives, and the names that were asked for. */
function aSource(answer: () => Promise<KubernetesObject>) {
  const asked: string[] = [];
  const clock = { nowMs: 1_000, now: () => clock.nowMs };
  const kubernetes = {
    read: ({ metadata }) => {
      asked.push(`${metadata?.namespace}/${metadata?.name}`);
      return answer() as never;
    },
  } satisfies Pick<KubernetesClient, 'read'>;
  return { source: createSecretSource(kubernetes, 'nublado', clock), asked, clock };
}

const notFound = () => {
  const request = { verb: 'get', kind: 'secrets', name: 'pull', namespace: 'nublado' };
  return new KubernetesError(request, { code: 404, reason: 'NotFound', causes: [], retryAfterMs: null }, '');
};

test('a Secret is read once for the labs of a moment, and again afterwards', async () => {
  const { source, asked, clock } = aSource(async () => SECRET as KubernetesObject);
  expect(await source.read('pull')).toEqual(SECRET);
  clock.nowMs += 4_000;
  expect(await source.read('pull')).toEqual(SECRET);
  expect(asked).toEqual(['nublado/pull']);
  clock.nowMs += 2_000;
  await source.read('pull');
  await source.read('other');
  expect(asked).toEqual(['nublado/pull', 'nublado/pull', 'nublado/other']);
});

test('a Secret that was missing is there as soon as it has been made', async () => {
  let isThere = false;
  const { source } = aSource(async () => {
    if (!isThere) throw notFound();
    return SECRET as KubernetesObject;
  });
  await expect(source.read('pull')).rejects.toMatchObject({
    type: 'ConfigurationError',
    message: 'Secret nublado/pull does not exist',
  });
  isThere = true;
  expect(await source.read('pull')).toEqual(SECRET);
});
