import type { KubernetesObject } from '@kubernetes/client-node';
import { createKubernetesClient, type KubernetesClient } from '../../src/kubernetes/client';
import type { Change, ListThenWatchOptions } from '../../src/kubernetes/list-then-watch';
import { coreApi } from '../support/core-api';
import { eventually } from '../support/eventually';
import { theStack } from '../support/stack';
import { aConfigMap, createNamespace, withKubeconfig } from './cluster';
import { type Cuttable, startCuttable } from './cuttable';

const { kubernetes } = theStack();
const core = coreApi(kubernetes.adminKubeconfig);
const requestTimeoutMs = 10_000;

let client: KubernetesClient;
let relayed: KubernetesClient;
let relay: Cuttable;
let namespace: string;

beforeAll(async () => {
  relay = await startCuttable(kubernetes.server);
  client = createKubernetesClient({ kubeconfig: kubernetes.adminKubeconfig, requestTimeoutMs });
  relayed = await withKubeconfig(
    kubernetes.adminKubeconfig,
    { cluster: { server: relay.url } },
    async (kubeconfig) => createKubernetesClient({ kubeconfig, requestTimeoutMs }),
  );
});

afterAll(async () => {
  await client.close();
  await relayed.close();
  await relay.close();
});

beforeEach(async () => {
  namespace = await createNamespace(client);
});

afterEach(async () => {
  await core.deleteNamespace({ name: namespace });
});

const create = (name: string) => client.create(aConfigMap(namespace, name));
const remove = (name: string) => core.deleteNamespacedConfigMap({ namespace, name });

/** Follows the namespace's ConfigMaps `a`, `b` … through the relay; the cluster's own one is left out. */
function follow(options: Partial<ListThenWatchOptions> = {}): AsyncGenerator<Change<KubernetesObject>> {
  const query = { fieldSelector: 'metadata.name!=kube-root-ca.crt', ...options.query };
  return relayed.listThenWatch({
    path: `/api/v1/namespaces/${namespace}/configmaps`,
    backoff: { minMs: 10, maxMs: 100 },
    ...options,
    query,
  });
}

async function next(changes: AsyncGenerator<Change<KubernetesObject>>): Promise<string> {
  for (;;) {
    const { value: change } = await changes.next();
    if (change === undefined) throw new Error('the changes ended');
    if (change.type === 'LISTED') return ['LISTED', ...change.items.map(nameOf)].join(' ');
    if (change.type !== 'BOOKMARK') return `${change.type} ${nameOf(change.object)}`;
  }
}

const nameOf = ({ metadata }: KubernetesObject): string => metadata?.name ?? '';

test('present objects are listed, and changes follow', async () => {
  await create('a');
  const changes = follow();
  expect(await next(changes)).toBe('LISTED a');
  await create('b');
  expect(await next(changes)).toBe('ADDED b');
  await remove('a');
  expect(await next(changes)).toBe('DELETED a');
  await changes.return(undefined);
});

test('after a cut connection the list has what was missed', async () => {
  await create('a');
  const changes = follow();
  expect(await next(changes)).toBe('LISTED a');
  const following = next(changes);
  await create('b');
  expect(await following).toBe('ADDED b');
  relay.cut();
  await remove('a');
  await create('c');
  expect(await next(changes)).toBe('LISTED b c');
  await changes.return(undefined);
});

test('a watch that the server ended misses nothing', async () => {
  const changes = follow({ query: { timeoutSeconds: 1 } });
  expect(await next(changes)).toBe('LISTED');
  for (const name of ['a', 'b', 'c', 'd']) {
    const following = next(changes);
    // Nothing tells when the server ends a watch; the creates have to fall on both sides of its ends.
    await new Promise((resolve) => setTimeout(resolve, 600));
    await create(name);
    expect(await following).toBe(`ADDED ${name}`);
  }
  await changes.return(undefined);
});

test('following goes on where an earlier follower stopped', async () => {
  const { resourceVersion } = await create('a');
  await create('b');
  const changes = follow({ resourceVersion });
  expect(await next(changes)).toBe('ADDED b');
  await changes.return(undefined);
});

test('a version from the future does not leave it deaf', async () => {
  await create('a');
  const changes = follow({ resourceVersion: '99999999999', silenceTimeoutMs: 500 });
  expect(await next(changes)).toBe('LISTED a');
  await changes.return(undefined);
});

test('an abort reaches the socket', async () => {
  const controller = new AbortController();
  const changes = follow({ signal: controller.signal });
  expect(await next(changes)).toBe('LISTED');
  const following = next(changes);
  await create('a');
  await following;
  const openBefore = relay.open();
  const waiting = next(changes);
  controller.abort('enough');
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError', cause: 'enough' });
  await eventually(
    async () => relay.open(),
    (open) => open < openBefore,
  );
  expect(relay.open()).toBe(openBefore - 1);
});

test('what the role does not allow ends with the code', async () => {
  const controller = createKubernetesClient({
    kubeconfig: kubernetes.controllerKubeconfig,
    requestTimeoutMs,
  });
  const changes = controller.listThenWatch({ path: `/api/v1/namespaces/${namespace}/secrets` });
  await expect(changes.next()).rejects.toMatchObject({ name: 'KubernetesError', verb: 'list', code: 403 });
  await controller.close();
});
