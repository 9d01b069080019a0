import { randomUUID } from 'node:crypto';
import type { KubernetesObject, V1Pod } from '@kubernetes/client-node';
import { createKubernetesClient, type KubernetesClient } from '../../src/kubernetes/client';
import { fileServerObjects } from '../../src/objects/file-server/objects';
import { labObjects } from '../../src/objects/lab/objects';
import { prepullPod } from '../../src/objects/prepull-pod';
import { inputOf, manifestsOf } from '../objects/cases';
import { fileServerInput } from '../objects/file-server-cases';
import { coreApi } from '../support/core-api';
import { theStack } from '../support/stack';
import { createSoon } from './cluster';

const { kubernetes } = theStack();
const core = coreApi(kubernetes.adminKubeconfig);

let controller: KubernetesClient;
let admin: KubernetesClient;
const namespaces: Record<string, string> = {};

/** A namespace whose pods the API server holds to a Pod Security level, as a site would set it up. */
async function namespaceAt(level: string): Promise<string> {
  const name = `pod-security-${randomUUID()}`;
  const labels = { 'pod-security.kubernetes.io/enforce': level };
  await admin.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  return name;
}

beforeAll(async () => {
  const requestTimeoutMs = 10_000;
  controller = createKubernetesClient({ kubeconfig: kubernetes.controllerKubeconfig, requestTimeoutMs });
  admin = createKubernetesClient({ kubeconfig: kubernetes.adminKubeconfig, requestTimeoutMs });
  for (const level of ['baseline', 'restricted']) namespaces[level] = await namespaceAt(level);
});

afterAll(async () => {
  for (const name of Object.values(namespaces)) await core.deleteNamespace({ name });
  await controller.close();
  await admin.close();
});

/** A lab of a golden case whose own namespace gets a level by `lab.labels`. */
function labAt(level: string, name: string): KubernetesObject[] {
  const { config, plan, ...rest } = inputOf(name);
  const lab = { ...config.lab, labels: { 'pod-security.kubernetes.io/enforce': level } };
  const namespace = `pod-security-${randomUUID().slice(0, 8)}`;
  return manifestsOf({ ...rest, plan: { ...plan, namespace }, config: { ...config, lab } });
}

/** The pod of a golden case, in the namespace of a level and under a name of its own. */
function podAt(level: string, name: string): V1Pod {
  const { pod } = labObjects(inputOf(name));
  return { ...pod, metadata: { ...pod.metadata, name: `${name}-nb`, namespace: namespaces[level] } };
}

test.each([
  ['restricted', 'restricted'],
  ['baseline', 'restricted'],
  ['baseline', 'inithome'],
  ['baseline', 'no-seccomp-profile'],
  ['baseline', 'landing-page'],
])('level %s takes the lab of the case "%s"', async (level, name) => {
  await createSoon(controller, podAt(level, name));
  const read = { namespace: namespaces[level] ?? '', name: `${name}-nb` };
  expect((await core.readNamespacedPod(read)).metadata?.labels).toMatchObject({
    'nublado.lsst.io/category': 'lab',
  });
});

/** The pod of a file server with these volumes, in the namespace of a level. */
function fileServerAt(level: string, isUsable: (volumeName: string) => boolean): V1Pod {
  const { config, ...rest } = fileServerInput('everything');
  const volumeMounts = config.fileserver.volumeMounts.filter(({ volumeName }) => isUsable(volumeName));
  const fileserver = { ...config.fileserver, volumeMounts };
  const { metadata, spec } =
    fileServerObjects({ ...rest, config: { ...config, fileserver } }).job.spec?.template ?? {};
  const namespace = namespaces[level] ?? '';
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, namespace }, ...(spec ? { spec } : {}) };
}

test.each([
  ['baseline', 'any volumes', () => true],
  ['restricted', 'claims', (volumeName: string) => ['shared', 'archive'].includes(volumeName)],
])('level %s takes a file server with %s', async (level, _volumes, isUsable) => {
  await createSoon(controller, fileServerAt(level, isUsable));
  const read = { namespace: namespaces[level] ?? '', name: 'rachel-fs' };
  expect((await core.readNamespacedPod(read)).metadata?.labels).toMatchObject({
    'nublado.lsst.io/category': 'fileserver',
  });
});

test('level restricted takes a pod that pulls an image', async () => {
  const namespace = namespaces['restricted'] ?? '';
  const named = { name: 'prepull-a-node-1', namespace, node: 'node-1', id: 'a-pull' };
  const image = { reference: 'registry.example.com/lab:a@sha256:1234', tolerations: [], pullSecret: null };
  await createSoon(controller, prepullPod({ ...named, ...image }));
  const { spec } = await core.readNamespacedPod({ name: named.name, namespace });
  expect(spec).toMatchObject({ nodeName: 'node-1', restartPolicy: 'Never' });
});

test.each([
  ['baseline', 'inithome-privileged', 'privileged'],
  ['baseline', 'init-containers', 'privileged'],
  ['baseline', 'minimal', 'hostPath volumes'],
  ['restricted', 'inithome', 'runAsNonRoot != true'],
  ['restricted', 'home-by-initial', 'unrestricted capabilities'],
  ['restricted', 'no-seccomp-profile', 'seccompProfile'],
  ['restricted', 'sub-paths', 'restricted volume types'],
])('level %s refuses the lab of the case "%s": %s', async (level, name, reason) => {
  const refusal = createSoon(controller, podAt(level, name));
  await expect(refusal).rejects.toMatchObject({ code: 403 });
  await expect(refusal).rejects.toThrow(`violates PodSecurity "${level}:latest": `);
  await expect(refusal).rejects.toThrow(reason);
});

test('lab.labels can set the level of the labs’ own namespaces', async () => {
  const [taken, refused] = [labAt('restricted', 'restricted'), labAt('restricted', 'inithome')];
  try {
    for (const manifest of [...taken, ...refused.slice(0, -1)]) await createSoon(controller, manifest);
    for (const pod of refused.slice(-1)) {
      await expect(createSoon(controller, pod)).rejects.toThrow('violates PodSecurity "restricted:latest"');
    }
  } finally {
    for (const { metadata } of [taken[0], refused[0]].filter((namespace) => namespace !== undefined)) {
      await core.deleteNamespace({ name: metadata?.name ?? '' });
    }
  }
});
