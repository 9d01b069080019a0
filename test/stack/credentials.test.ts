import { randomBytes } from 'node:crypto';
import { request } from 'node:https';
import { LAB_SECRETS } from '../../stack/control-plane/furnishing';
import { type KubernetesApi, kubernetesApi } from '../../stack/kubernetes-api';
import { theStack } from '../support/stack';

const { kubernetes } = theStack();
const own = kubernetes.controllerNamespace;
const namespace = `rules-${randomBytes(4).toString('hex')}`;

let admin: KubernetesApi;
let controller: KubernetesApi;

beforeAll(async () => {
  admin = kubernetesApi(kubernetes.adminKubeconfig);
  controller = kubernetesApi(kubernetes.controllerKubeconfig);
  await controller.send('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
});

afterAll(async () => {
  await admin.send('DELETE', `/api/v1/namespaces/${namespace}`);
  admin.close();
  controller.close();
});

const core = (kind: string, name = '') => `/api/v1/namespaces/${namespace}/${kind}${name && `/${name}`}`;

test.each([
  ['list namespaces', 'GET', '/api/v1/namespaces'],
  ['read a namespace that it has created', 'GET', `/api/v1/namespaces/${namespace}`],
  ['list pods everywhere', 'GET', '/api/v1/pods'],
  ['watch pods everywhere', 'GET', '/api/v1/pods?watch=true&timeoutSeconds=1'],
  ['list events', 'GET', '/apis/events.k8s.io/v1/events'],
])('the controller may %s', async (_action, method, path) => {
  expect((await controller.send(method, path)).status).toBe(200);
});

test('the controller may create the objects of a lab', async () => {
  const metadata = { name: 'lab' };
  const limits = { spec: { hard: { 'limits.cpu': '1' } } };
  const claim = { accessModes: ['ReadWriteMany'], resources: { requests: { storage: '1Gi' } } };
  const policies = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
  const statuses = await Promise.all([
    controller.send('POST', core('configmaps'), { metadata, data: { key: 'value' } }),
    controller.send('POST', core('secrets'), { metadata, stringData: { token: 'invented' } }),
    controller.send('POST', core('resourcequotas'), { metadata, ...limits }),
    controller.send('POST', core('persistentvolumeclaims'), { metadata, spec: claim }),
    controller.send('POST', policies, { metadata, spec: { podSelector: {} } }),
  ]);

  expect(statuses.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
});

test.each(['configmaps', 'resourcequotas'])('the controller may read the %s of a lab', async (kind) => {
  expect((await controller.send('GET', core(kind, 'lab'))).status).toBe(200);
});

const ingresses = (namespace: string) => `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`;

const behindGafaelfawr = kubernetes.fileServerNamespaces.gafaelfawr;

test.each([
  ['read secrets of labs', 'GET', core('secrets', 'lab')],
  ['list secrets', 'GET', '/api/v1/secrets'],
  ['list config maps', 'GET', '/api/v1/configmaps'],
  ['list quotas', 'GET', core('resourcequotas')],
  ['list events by their former group', 'GET', core('events')],
  ['list secrets of its own namespace', 'GET', `/api/v1/namespaces/${own}/secrets`],
  ['patch pods', 'PATCH', core('pods', 'lab')],
  ['open a shell in pods', 'POST', core('pods', 'lab/exec')],
  ['delete secrets', 'DELETE', core('secrets', 'lab')],
  ['change nodes', 'PATCH', '/api/v1/nodes/node'],
  ['read roles', 'GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles'],
  ['make an Ingress that passes by Gafaelfawr', 'POST', ingresses(behindGafaelfawr)],
  ['remove an Ingress of Gafaelfawr', 'DELETE', `${ingresses(behindGafaelfawr)}/rachel-fs`],
  ['make an Ingress elsewhere', 'POST', ingresses(own)],
  ['run jobs elsewhere', 'POST', `/apis/batch/v1/namespaces/${own}/jobs`],
  ['delete the claims of labs', 'DELETE', core('persistentvolumeclaims', 'lab')],
])('the controller may not %s', async (_action, method, path) => {
  const body = method === 'PATCH' ? {} : undefined;
  expect((await controller.send(method, path, body, 'application/merge-patch+json')).status).toBe(403);
});

test('the controller may read secrets of its own namespace by name, and no others', async () => {
  const path = `/api/v1/namespaces/${own}/secrets`;
  const [known = ''] = LAB_SECRETS;
  const other = `other-${namespace}`;
  await Promise.all([known, other].map((name) => admin.send('POST', path, { metadata: { name } })));

  expect((await controller.send('GET', `${path}/${known}`)).status).toBe(200);
  expect((await controller.send('GET', `${path}/${other}`)).status).toBe(403);
  await Promise.all([known, other].map((name) => admin.send('DELETE', `${path}/${name}`)));
});

test('the same credential works through toxiproxy', async () => {
  const proxied = kubernetesApi(kubernetes.controllerKubeconfigViaToxiproxy);
  const { status } = await proxied.send('GET', '/api/v1/namespaces');
  proxied.close();

  expect(status).toBe(200);
});

test('the API server is trusted only by its own certificate', async () => {
  const connected = new Promise((resolve, reject) => {
    request(`${kubernetes.server}/readyz`, resolve).on('error', reject).end();
  });

  await expect(connected).rejects.toMatchObject({ code: expect.stringMatching(/CERT|SIGNED/) });
});
