import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '@kubernetes/client-node';
import { z } from 'zod';
import { isServing } from '../../src/domain/file-server';
import { collectionPath, objectPath } from '../../src/kubernetes/paths';
import { fsadminObjects } from '../../src/objects/fsadmin';
import { fileServerUsername } from '../../src/objects/reading/labels';
import { buildComponents } from '../../stack/build';
import { INGRESS_ANNOTATION, LOAD_BALANCER } from '../../stack/ingress/behaviours';
import { AFTER_ANNOTATION, BEHAVIOUR_ANNOTATION } from '../../stack/kubelet/behaviours';
import { type KubernetesApi, kubernetesApi } from '../../stack/kubernetes-api';
import {
  FILE_SERVER_CASES,
  FSADMIN_CASES,
  fileServerManifests,
  fsadminInput,
  fsadminManifests,
} from '../objects/file-server-cases';
import { eventually } from '../support/eventually';
import { theStack } from '../support/stack';
import { type Created, created, inputHere, listSchema, succeed } from './file-servers';

const { kubernetes } = theStack();
const run = randomBytes(3).toString('hex');

/** With the controller's rights. */
let controller: KubernetesApi;
let admin: KubernetesApi;

beforeAll(() => {
  controller = kubernetesApi(kubernetes.controllerKubeconfig);
  admin = kubernetesApi(kubernetes.adminKubeconfig);
});

afterAll(() => {
  controller.close();
  admin.close();
});

const untilServing = ({ observe }: Created) => eventually(observe, isServing);

/** A username that no other test has. */
const userNamed = (name: string): string => `${name}-${run}`;

describe('the API server takes', () => {
  let kubectl: string;

  beforeAll(async () => {
    ({ kubectl = '' } = await buildComponents());
  });

  const kubectlErrors = (manifests: readonly KubernetesObject[]): string => {
    const args = ['--dry-run=server', '--validate=strict', '--server-side', '--filename=-', '--output=name'];
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
    const env = { ...process.env, KUBECONFIG: kubernetes.adminKubeconfig };
    const { stderr, stdout } = spawnSync(kubectl, ['apply', ...args], { input, encoding: 'utf8', env });
    return stdout.trim().split('\n').length === manifests.length ? stderr : stdout + stderr;
  };

  test.each(FILE_SERVER_CASES)('every field of the file server of the case "%s"', (name) => {
    expect(kubectlErrors(fileServerManifests(inputHere(name)))).toBe('');
  });

  test.each(['0', 'a'.repeat(60), 'a'.repeat(61), 'a-fs-pvc-b', '\u{5c0f}\u{6797}', '_', 'A+b@example.org'])(
    'the names of the objects of %s',
    (username) => {
      expect(kubectlErrors(fileServerManifests(inputHere('everything', { username })))).toBe('');
    },
  );

  test.each(FSADMIN_CASES)('every field of the administration pod of the case "%s"', (name) => {
    expect(kubectlErrors(fsadminManifests(fsadminInput(name)))).toBe('');
  });

  test('no field that it does not know', () => {
    const [ingress] = fileServerManifests(inputHere('minimal'));
    expect(kubectlErrors([{ ...ingress, colour: 'red' } as KubernetesObject])).toMatch(
      /unknown field "colour"/,
    );
  });
});

test.each([
  ['minimal', userNamed('rachel')],
  ['minimal', `9-${run}`],
  ['email-username', `ada.${run}@example.org`],
  ['ingress', userNamed('rachel')],
  ['no-host', userNamed('ribbon')],
  ['http-route', userNamed('rachel')],
])(
  'the controller makes the file server of the case "%s" for %s, which serves, and removes it',
  async (name, username) => {
    const input = inputHere(name, { username });
    const server = await created(controller, input);
    const { job, pod, ingress } = await untilServing(server);

    expect([job?.spawnId, pod?.spawnId, ingress?.spawnId]).toEqual(['op-1', 'op-1', 'op-1']);
    expect(ingress?.address).toBe(name === 'http-route' ? null : LOAD_BALANCER.ip);
    const { items } = listSchema.parse(await succeed(controller.send('GET', server.podsPath)));
    expect(items.map((item) => fileServerUsername(Object(item)))).toEqual([username]);

    await server.remove();
    const nothing = { job: null, pod: null, ingress: null };
    await eventually(server.observe, (observed) => isDeepStrictEqual(observed, nothing));
    expect((await controller.send('GET', objectPath(server.objects.service))).status).toBe(404);
  },
);

test('the Ingress that is made of a GafaelfawrIngress belongs to it and asks Gafaelfawr for the user', async () => {
  const username = userNamed('wrench');
  const server = await created(controller, inputHere('minimal', { username }));
  await untilServing(server);
  const { body } = await eventually(
    () => controller.send('GET', objectPath(server.objects.ingress)),
    (answer) => Object(answer.body).status?.create?.reason === 'Created',
  );
  const { uid } = z.object({ metadata: z.object({ uid: z.string() }) }).parse(body).metadata;
  const question = `allow_options=true&auth_type=basic&scope=write:files&service=nublado-files&username=${username}`;
  expect(await succeed(controller.send('GET', server.ingressPath))).toMatchObject({
    metadata: {
      labels: { 'nublado.lsst.io/user': username, 'app.kubernetes.io/managed-by': 'Gafaelfawr' },
      annotations: {
        'nginx.ingress.kubernetes.io/auth-url': expect.stringMatching(new RegExp(`\\?${question}$`)),
      },
      ownerReferences: [{ kind: 'GafaelfawrIngress', uid, controller: true }],
    },
    spec: { rules: [{ host: 'data.example', http: { paths: [{ path: `/files/${username}` }] } }] },
  });
  await server.remove();
});

test('an Ingress has no address while it shall not, then a host, and none again', async () => {
  const ingress = { [INGRESS_ANNOTATION]: 'no-address' };
  const server = await created(controller, inputHere('ingress', { username: userNamed('slow'), ingress }));
  const annotate = (behaviour: string) => {
    const change = { metadata: { annotations: { [INGRESS_ANNOTATION]: behaviour } } };
    return succeed(admin.send('PATCH', server.ingressPath, change, 'application/merge-patch+json'));
  };
  const running = await eventually(server.observe, ({ pod }) => pod?.phase === 'Running');
  expect([isServing(running), running.ingress?.address]).toEqual([false, null]);

  await annotate('hostname');
  expect((await untilServing(server)).ingress?.address).toBe(LOAD_BALANCER.hostname);
  await annotate('no-address');
  await eventually(server.observe, (observed) => !isServing(observed));
  await server.remove();
});

test('a route is accepted once a Gateway takes it up, after the time that the test gives', async () => {
  const ingress = { [AFTER_ANNOTATION]: '1500ms' };
  const server = await created(controller, inputHere('http-route', { username: userNamed('slow'), ingress }));
  const running = await eventually(server.observe, ({ pod }) => pod?.phase === 'Running');
  expect(isServing(running)).toBe(false);
  expect((await untilServing(server)).ingress).toMatchObject({ isServed: true });
  await server.remove();
});

test('Gafaelfawr makes no Ingress while it shall not', async () => {
  const ingress = { [INGRESS_ANNOTATION]: 'no-ingress' };
  const server = await created(controller, inputHere('minimal', { username: userNamed('away'), ingress }));
  const observed = await eventually(server.observe, ({ pod }) => pod?.phase === 'Running');
  expect([isServing(observed), observed.ingress]).toEqual([false, null]);
  await server.remove();
});

test.each([
  ['exit-0-later', 'succeeded'],
  ['exit-1-later', 'failed'],
  ['evicted', 'failed'],
])('a job whose pod ends with %s has %s and starts no other', async (behaviour, end) => {
  const annotations = { [BEHAVIOUR_ANNOTATION]: behaviour, [AFTER_ANNOTATION]: '500ms' };
  const server = await created(
    controller,
    inputHere('minimal', { username: userNamed(behaviour), annotations }),
  );
  const { pod } = await eventually(server.observe, ({ job }) => job?.end === end);
  expect(pod?.phase).toBe(end === 'succeeded' ? 'Succeeded' : 'Failed');
  const { items } = listSchema.parse(await succeed(controller.send('GET', server.podsPath)));
  expect(items).toHaveLength(1);
  await server.remove();
});

test('a job whose pod is deleted has failed and starts no other', async () => {
  const server = await created(controller, inputHere('minimal', { username: userNamed('drained') }));
  await untilServing(server);
  const { items } = listSchema.parse(await succeed(controller.send('GET', server.podsPath)));
  await succeed(
    controller.send('DELETE', objectPath({ apiVersion: 'v1', kind: 'Pod', ...Object(items[0]) })),
  );
  const { job } = await eventually(server.observe, ({ job, pod }) => job?.end === 'failed' && pod === null);
  expect(job?.isDeleting).toBe(false);
  await server.remove();
});

test('a job that is deleted in the foreground stays until its pod is gone', async () => {
  const annotations = { [BEHAVIOUR_ANNOTATION]: 'stuck-terminating' };
  const server = await created(
    controller,
    inputHere('minimal', { username: userNamed('stuck'), annotations }),
  );
  await untilServing(server);
  await server.remove();
  const leaving = await eventually(
    server.observe,
    ({ ingress, pod }) => ingress === null && !!pod?.isDeleting,
  );
  expect(leaving.job).toMatchObject({ isDeleting: true });

  const { items } = listSchema.parse(await succeed(controller.send('GET', server.podsPath)));
  const pod = objectPath({ apiVersion: 'v1', kind: 'Pod', ...Object(items[0]) });
  await succeed(controller.send('DELETE', `${pod}?gracePeriodSeconds=0`));
  await eventually(server.observe, ({ job, pod }) => job === null && pod === null);
});

test('the controller makes the administration pod and its claims, and removes them', async () => {
  const { config, ...rest } = fsadminInput('minimal');
  const input = {
    ...rest,
    config: { ...config, fsadmin: { ...config.fsadmin, podName: userNamed('fsadmin') } },
  };
  const { pod } = fsadminObjects(input);
  const { claims } = fsadminObjects(fsadminInput('everything'));
  for (const manifest of [...claims, pod]) {
    await succeed(controller.send('POST', collectionPath(manifest), manifest));
  }
  const read = (manifest: KubernetesObject) => controller.send('GET', objectPath(manifest));
  await eventually(
    () => read(pod),
    ({ body }) => Object(body).status?.phase === 'Running',
  );
  for (const manifest of [pod, ...claims]) {
    await succeed(controller.send('DELETE', objectPath(manifest)));
    const { status } = await eventually(
      () => read(manifest),
      (answer) => answer.status !== 200,
    );
    expect(status).toBe(404);
  }
});
