import { MockActivityEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import type { LabRegister } from '../../src/activities/lab-register';
import { createReconcileActivities, type ReconciliationStore } from '../../src/activities/reconcile';
import { parseConfig } from '../../src/config/config';
import type { RecoveredLab } from '../../src/domain/lab';
import { environmentConfigMapName, namespaceName, podName } from '../../src/domain/lab-key';
import type { ReconciliationSummary } from '../../src/domain/reconciliation';
import { createKubernetesClient, type KubernetesClient } from '../../src/kubernetes/client';
import { labMetadata } from '../../src/objects/lab/metadata';
import { objectMetadata } from '../../src/objects/labels';
import { aReferenceLab } from '../objects/reference-lab';
import { eventually } from '../support/eventually';
import { silence } from '../support/quiet-runtime';
import { observer } from '../support/sealing';
import { json, status } from '../unit/kubernetes/scripted-server';
import { type ScriptedCluster, type StoredObject, startScriptedCluster } from './scripted-cluster';

const CONFIG = `
lab:
  namespacePrefix: lab
  volumes: [{name: home, source: {type: hostPath, path: /tmp/homes}}]
  volumeMounts: [{containerPath: /home, volumeName: home}]
  sizes:
    - {size: small, resources: {requests: {cpu: 0.1, memory: 256Mi}, limits: {cpu: 1, memory: 1Gi}}}
timeouts: {reconcileGrace: 2m}
images:
  source: {type: static, recommended: One, images: [{name: One, reference: "registry.test/sketchbook:w_2077_44"}]}
`;

const { config } = parseConfig(CONFIG, { REPERTOIRE_BASE_URL: 'http://repertoire.test' });

/** Labs as their workflows are known, and what reconciliation does to them. */
class FakeRegister implements LabRegister {
  /** Open, but not yet listed. */
  readonly unlisted = new Set<string>();
  readonly adopted: RecoveredLab[] = [];
  readonly doubted: string[] = [];
  running: string[] = [];
  isRefusing = false;

  async list() {
    const facts = { status: 'running' as const, ageMs: 3_600_000, isReachable: true };
    return this.running.map((username) => ({ username, namespace: `lab-${username}`, ...facts }));
  }

  async statusOf(username: string) {
    return this.unlisted.has(username) ? ('pending' as const) : undefined;
  }

  async adopt(lab: RecoveredLab) {
    if (this.isRefusing) throw new Error('Temporal is away');
    this.adopted.push(lab);
    return true;
  }

  async doubt(username: string) {
    this.doubted.push(username);
    return true;
  }
}

/** The record as Temporal keeps it. */
class FakeRecord implements ReconciliationStore {
  unsettled: readonly string[] | null = [];
  published = 0;

  async read() {
    return this.unsettled && { unsettled: this.unsettled };
  }

  async publish(unsettled: readonly string[]) {
    this.unsettled = unsettled;
    this.published += 1;
  }
}

let cluster: ScriptedCluster;
let kubernetes: KubernetesClient;
let register: FakeRegister;
let record: FakeRecord;
let decisions: string[];

beforeEach(async () => {
  cluster = await startScriptedCluster();
  kubernetes = createKubernetesClient({ kubeconfig: cluster.server.kubeconfig, requestTimeoutMs: 5_000 });
  register = new FakeRegister();
  record = new FakeRecord();
  decisions = [];
});

afterEach(async () => {
  await kubernetes.close();
  await cluster.close();
});

const pathOf = (name: string) => `/api/v1/namespaces/${name}`;

/** A labelled namespace without contents, ten minutes old. */
function aNamespace(username: string, ageMs = 600_000): string {
  const { name, labels } = aReferenceLab(username).namespace.metadata;
  const creationTimestamp = new Date(Date.now() - ageMs).toISOString();
  const metadata = { name, labels, creationTimestamp, uid: `uid-of-${username}` };
  cluster.objects.set(pathOf(name), { kind: 'Namespace', metadata });
  return pathOf(name);
}

/** A whole lab of the reference controller. */
function aLab(username: string, ageMs?: number): string {
  const path = aNamespace(username, ageMs);
  const { pod, environment } = aReferenceLab(username);
  cluster.objects.set(`${path}/pods/${username}-nb`, pod as StoredObject);
  cluster.objects.set(`${path}/configmaps/${username}-nb-env`, environment as StoredObject);
  return path;
}

async function pass(): Promise<ReconciliationSummary> {
  const kinds = (kind: string) => [...cluster.objects.values()].filter((object) => object.kind === kind);
  cluster.answer('GET', '/api/v1/namespaces', json(200, { items: kinds('Namespace') }));
  cluster.answer('GET', '/api/v1/pods', json(200, { items: kinds('Pod') }));
  const logger = pino({ enabled: false });
  const onDecision = (kind: string) => void decisions.push(kind);
  const activities = createReconcileActivities({
    config: () => config,
    kubernetes,
    observer,
    register,
    record,
    logger,
    onDecision,
  });
  const environment = new MockActivityEnvironment({}, { logger: silence });
  return environment.run(() => activities.reconcileLabs());
}

const isDeleting = (path: string) => cluster.objects.get(path)?.metadata.deletionTimestamp !== undefined;

test('a whole lab without a workflow is adopted, an incomplete one removed by its UID', async () => {
  const whole = aLab('rachel');
  const podless = aLab('lise');
  cluster.objects.delete(`${podless}/pods/lise-nb`);

  expect(await pass()).toEqual({ adopted: ['rachel'], removed: ['lise'], told: [], reported: [] });
  expect(register.adopted.map(({ record }) => record.user.username)).toEqual(['rachel']);
  expect([isDeleting(whole), isDeleting(podless)]).toEqual([false, true]);
  const deletion = cluster.server.requests.find(({ method }) => method === 'DELETE');
  expect(JSON.parse(deletion?.body ?? '')).toMatchObject({ preconditions: { uid: 'uid-of-lise' } });
  expect(decisions).toEqual(['adopt', 'remove']);
});

test('a namespace whose user has started a lab since it was looked into is left to that lab', async () => {
  const podless = aLab('lise');
  cluster.objects.delete(`${podless}/pods/lise-nb`);
  let asked = 0;
  register.statusOf = async () => {
    asked += 1;
    return asked === 1 ? undefined : 'pending';
  };

  expect(await pass()).toEqual({ adopted: [], removed: [], told: [], reported: [] });
  expect(isDeleting(podless)).toBe(false);
});

test('a namespace that has replaced the one that was listed is left alone', async () => {
  const podless = aLab('lise');
  cluster.objects.delete(`${podless}/pods/lise-nb`);
  const listed = cluster.objects.get(podless) as StoredObject;
  register.statusOf = async () => {
    cluster.objects.set(podless, { ...listed, metadata: { ...listed.metadata, uid: 'new' } });
    return undefined;
  };

  expect(await pass()).toEqual({ adopted: [], removed: [], told: [], reported: [] });
  expect(isDeleting(podless)).toBe(false);
});

test('a lab of another controller is adopted with the UID of its namespace, one of ours by its spawn', async () => {
  aLab('rachel');
  const ours = aLab('lise');
  const pod = cluster.objects.get(`${ours}/pods/lise-nb`) as StoredObject;
  const labels = { ...pod.metadata.labels, 'nublado.lsst.io/spawn-id': 'one' };
  cluster.objects.set(`${ours}/pods/lise-nb`, { ...pod, metadata: { ...pod.metadata, labels } });

  await pass();

  const adopted = new Map(register.adopted.map((lab) => [lab.record.user.username, lab.namespaceUid]));
  expect(Object.fromEntries(adopted)).toEqual({ rachel: 'uid-of-rachel', lise: undefined });
});

test('a lab whose user no label can name is adopted by the name in the annotation', async () => {
  const username = 'ada.lovelace@example.org';
  const namespace = namespaceName('lab', username);
  const identity = { username, operationId: 'op', application: null, labels: {} };
  const creationTimestamp = new Date(Date.now() - 600_000).toISOString();
  const { pod, environment } = aReferenceLab(username, namespace);
  const metadata = { ...objectMetadata(labMetadata(identity), namespace), uid: 'uid', creationTimestamp };
  cluster.objects.set(pathOf(namespace), { kind: 'Namespace', metadata } as StoredObject);
  cluster.objects.set(`${pathOf(namespace)}/pods/${podName(username)}`, pod as StoredObject);
  const path = `${pathOf(namespace)}/configmaps/${environmentConfigMapName(username)}`;
  cluster.objects.set(path, environment as StoredObject);

  expect(await pass()).toEqual({ adopted: [username], removed: [], told: [], reported: [] });
  expect(register.adopted.map(({ record }) => [record.user.username, record.namespace])).toEqual([
    [username, namespace],
  ]);
});

test('a lab is left alone whose workflow is open but not yet listed', async () => {
  const path = aNamespace('rachel');
  register.unlisted.add('rachel');

  expect(await pass()).toEqual({ adopted: [], removed: [], told: [], reported: [] });
  expect(isDeleting(path)).toBe(false);
});

test('a whole lab is adopted that was made seconds ago, and its pod is not read twice', async () => {
  aLab('rachel', 3_000);

  expect(await pass()).toMatchObject({ adopted: ['rachel'], removed: [] });
  expect(cluster.server.requests.filter(({ path }) => path.endsWith('/pods/rachel-nb'))).toEqual([]);
});

test('the first pass asks the workflow of each lab, since lists may be older than the workflows', async () => {
  aLab('rachel');
  register.running = ['rachel'];
  record.unsettled = null;

  expect(await pass()).toMatchObject({ adopted: ['rachel'] });
  expect(record.unsettled).toEqual([]);
});

test('a pass records that labs are reconciled only when the record changes', async () => {
  await pass();
  expect(record.published).toBe(0);
  record.unsettled = null;
  await pass();
  await pass();
  expect([record.unsettled, record.published]).toEqual([[], 1]);
});

test('a lab that has a pod and cannot be read or adopted is recorded until it is', async () => {
  aLab('rachel');
  const bad = aLab('lise');
  const podless = aLab('emmy');
  cluster.objects.delete(`${podless}/pods/emmy-nb`);
  for (const path of [bad, podless]) {
    const user = path === bad ? 'lise' : 'emmy';
    cluster.answer('GET', `${path}/configmaps/${user}-nb-env`, status(500, 'InternalError'));
  }
  register.isRefusing = true;

  await pass();
  expect(record.unsettled).toEqual(['lise', 'rachel']);

  register.isRefusing = false;
  await pass();
  expect(record.unsettled).toEqual([]);
});

test('a lab that cannot be read holds up no other', async () => {
  const bad = aLab('lise');
  aLab('rachel');
  const gate = Promise.withResolvers<void>();
  cluster.answer('GET', `${bad}/configmaps/lise-nb-env`, async (response) => {
    await gate.promise;
    response.writeHead(500).end();
  });

  const passed = pass();
  await eventually(
    async () => register.adopted.length,
    (count) => count === 1,
  );
  gate.resolve();

  expect(await passed).toMatchObject({ adopted: ['rachel'], reported: [{ namespace: 'lab-lise' }] });
});

test('a young namespace is left alone', async () => {
  const path = aNamespace('rachel', 100_000);

  expect(await pass()).toMatchObject({ removed: [], reported: [] });
  expect(isDeleting(path)).toBe(false);
});

test('a namespace that cannot be read is kept and reported, and hinders no other', async () => {
  const bad = aNamespace('rachel');
  const orphan = aNamespace('lise');
  cluster.answer('GET', `${bad}/configmaps/rachel-nb-env`, status(500, 'InternalError'));

  const { removed, reported } = await pass();

  expect(removed).toEqual(['lise']);
  expect(reported).toEqual([
    { namespace: 'lab-rachel', problem: expect.stringMatching(/^it could not be read: /) },
  ]);
  expect([isDeleting(bad), isDeleting(orphan)]).toEqual([false, true]);
});

test('a namespace that cannot be deleted is reported, and hinders no other', async () => {
  const bad = aNamespace('rachel');
  const orphan = aNamespace('lise');
  cluster.answer('DELETE', bad, status(409, 'Conflict'));

  const { removed, reported } = await pass();

  expect(removed).toEqual(['lise']);
  expect(reported).toMatchObject([{ namespace: 'lab-rachel' }]);
  expect(isDeleting(orphan)).toBe(true);
  expect(decisions.toSorted()).toEqual(['remove', 'report']);
});

test('a running lab without a pod gets a verification, and one with its pod does not', async () => {
  aLab('rachel');
  register.running = ['rachel', 'lise'];

  expect(await pass()).toMatchObject({ told: ['lise'] });
  expect(register.doubted).toEqual(['lise']);
});

test('without the lists there is no pass', async () => {
  cluster.answer('GET', '/api/v1/namespaces', status(503, 'ServiceUnavailable'));

  await expect(pass()).rejects.toThrow('503');
});
