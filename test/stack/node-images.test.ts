import { randomBytes } from 'node:crypto';
import { createKubernetesClient, type KubernetesClient } from '../../src/kubernetes/client';
import { prepullPod } from '../../src/objects/prepull-pod';
import { createSoon } from '../kubernetes/cluster';
import { coreApi } from '../support/core-api';
import { eventually } from '../support/eventually';
import { theStack } from '../support/stack';

const { controllerKubeconfig, controllerNamespace: namespace } = theStack().kubernetes;
const core = coreApi(controllerKubeconfig);
const suffix = randomBytes(4).toString('hex');

let controller: KubernetesClient;

beforeAll(() => {
  controller = createKubernetesClient({ kubeconfig: controllerKubeconfig, requestTimeoutMs: 10_000 });
});

afterAll(() => controller.close());

/** The names of all images that the first node reports. */
async function imagesOfNode(): Promise<string[]> {
  const { items } = await core.listNode({ fieldSelector: 'metadata.name=node-1' });
  return items.flatMap(({ status }) => status?.images?.flatMap(({ names }) => names ?? []) ?? []);
}

/** Lets the first node pull a tag, and waits until its pod is in a phase. */
async function pull(tag: string, phase: string): Promise<void> {
  const name = `prepull-${tag}`;
  const reference = `registry.example.com:5000/lab:${tag}@sha256:${suffix}`;
  const pull = {
    name,
    namespace,
    node: 'node-1',
    reference,
    id: 'a-pull',
    tolerations: [],
    pullSecret: null,
  };
  await createSoon(controller, prepullPod(pull));
  await eventually(
    () => core.readNamespacedPod({ name, namespace }),
    ({ status }) => status?.phase === phase,
  );
}

test('a node reports what a pod has pulled, also when it is deleted at once', async () => {
  const tag = `good-${suffix}`;
  await pull(tag, 'Succeeded');
  await core.deleteNamespacedPod({ name: `prepull-${tag}`, namespace });

  const images = await eventually(imagesOfNode, (names) => names.some((name) => name.endsWith(tag)));
  expect(images).toEqual(
    expect.arrayContaining([
      `registry.example.com:5000/lab:${tag}`,
      `registry.example.com:5000/lab@sha256:${suffix}`,
    ]),
  );
});

test('and not what could not be pulled', async () => {
  const tag = `bad-${suffix}-behaviour-exit-1`;
  await pull(tag, 'Failed');
  await core.deleteNamespacedPod({ name: `prepull-${tag}`, namespace });
  // Reported in order: once this one is there, the other would be.
  await pull(`next-${suffix}`, 'Succeeded');
  await core.deleteNamespacedPod({ name: `prepull-next-${suffix}`, namespace });
  const images = await eventually(imagesOfNode, (names) => names.some((name) => name.includes('next-')));

  expect(images.filter((name) => name.endsWith(tag))).toEqual([]);
});
