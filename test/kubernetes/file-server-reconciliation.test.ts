import { randomBytes } from 'node:crypto';
import type { KubernetesObject } from '@kubernetes/client-node';
import { MockActivityEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import type { FileServerRegister } from '../../src/activities/file-server-register';
import { createFileServerReconcileActivities } from '../../src/activities/reconcile-file-servers';
import { type Config, parseConfig } from '../../src/config/config';
import { type FileServerAdoption, isServing } from '../../src/domain/file-server';
import type {
  FileServerReconciliation,
  FileServerWorkflow,
} from '../../src/domain/file-server-reconciliation';
import { createKubernetesClient, type KubernetesClient } from '../../src/kubernetes/client';
import { objectPath } from '../../src/kubernetes/paths';
import { fileServerObjects } from '../../src/objects/file-server/objects';
import { INGRESS_ANNOTATION } from '../../stack/ingress/behaviours';
import { type KubernetesApi, kubernetesApi } from '../../stack/kubernetes-api';
import { aReferenceFileServer, type ReferenceChanges } from '../objects/reference-file-server';
import { created, inputHere, succeed } from '../stack/file-servers';
import { eventually } from '../support/eventually';
import { silence } from '../support/quiet-runtime';
import { theStack } from '../support/stack';
import { aDocument, ENVIRONMENT } from '../unit/config/sample-documents';

const { kubernetes: cluster } = theStack();
const run = randomBytes(3).toString('hex');

/** Workflows of file servers in memory, of the users of this test. Those of other tests are open. */
class FakeRegister implements FileServerRegister {
  readonly open = new Set<string>();
  readonly adopted = new Map<string, FileServerAdoption>();
  readonly verified: string[] = [];
  running: FileServerWorkflow[] = [];
  refused: string | null = null;

  async list() {
    return this.running;
  }

  async isOpen(username: string) {
    return this.open.has(username) || !username.includes(run);
  }

  async adopt(adoption: FileServerAdoption) {
    if (adoption.username === this.refused) throw new Error('Temporal is away');
    this.adopted.set(adoption.username, adoption);
    return true;
  }

  async verify(username: string) {
    this.verified.push(username);
    return true;
  }
}

let controller: KubernetesClient;
/** With the controller's rights. */
let api: KubernetesApi;
let admin: KubernetesApi;
let register: FakeRegister;
const made: (() => Promise<void>)[] = [];

beforeAll(() => {
  controller = createKubernetesClient({ kubeconfig: cluster.controllerKubeconfig, requestTimeoutMs: 10_000 });
  api = kubernetesApi(cluster.controllerKubeconfig);
  admin = kubernetesApi(cluster.adminKubeconfig);
});

beforeEach(() => {
  register = new FakeRegister();
});

afterAll(async () => {
  await Promise.all(made.map((remove) => remove()));
  await controller.close();
  api.close();
  admin.close();
});

/** A username that no other test has. */
const userNamed = (name: string): string => `${name}-${run}`;

/** An object that is deleted after the tests. */
async function create(manifest: KubernetesObject): Promise<void> {
  await succeed(admin.send('POST', objectPath(manifest).replace(/\/[^/]*$/, ''), manifest));
  made.push(
    async () => void (await admin.send('DELETE', objectPath(manifest), { propagationPolicy: 'Background' })),
  );
}

/** A file server of the reference controller. */
async function aReference(username: string, changes?: ReferenceChanges): Promise<void> {
  const { ingress, job, service } = aReferenceFileServer(username, {
    namespace: cluster.fileServerNamespaces.gafaelfawr,
    ...changes,
  });
  for (const manifest of [ingress, service, job]) await create(manifest);
}

type Case = 'minimal' | 'ingress' | 'http-route' | 'email-username';

/** A file server of this controller. */
async function one(name: Case, username: string, ingress: Record<string, string> = {}) {
  const server = await created(api, inputHere(name, { username, ingress }));
  made.push(server.remove);
  return server;
}

/** The configuration of a pass over the namespace of a kind of ingress. */
function configFor(name: Case, graceMs = 0): Pick<Config, 'fileserver' | 'timeouts'> {
  const { timeouts } = parseConfig(JSON.stringify(aDocument({})), ENVIRONMENT).config;
  const { fileserver } = inputHere(name).config;
  return { fileserver, timeouts: { ...timeouts, reconcileGraceMs: graceMs } };
}

function passWith(config: Pick<Config, 'fileserver' | 'timeouts'>): Promise<FileServerReconciliation> {
  const activities = createFileServerReconcileActivities({
    config: () => config,
    kubernetes: controller,
    register,
    logger: pino({ enabled: false }),
    onDecision: () => undefined,
  });
  return new MockActivityEnvironment({}, { logger: silence }).run(() => activities.reconcileFileServers());
}

const pass = (name: Case = 'minimal', graceMs?: number) => passWith(configFor(name, graceMs));

/** Lets passes run until one adopts a file server of a user as one that serves. */
async function untilServing(username: string, name?: Case): Promise<FileServerAdoption> {
  const adoption = await eventually(
    async () => {
      await pass(name);
      return register.adopted.get(username) ?? null;
    },
    (seen) => seen !== null && isServing(seen.observed),
  );
  if (!adoption) throw new Error('eventually has waited for it');
  return adoption;
}

const exists = async (manifest: KubernetesObject): Promise<boolean> => {
  const { body, status } = await admin.send('GET', objectPath(manifest));
  return status === 200 && Object(body).metadata.deletionTimestamp === undefined;
};

test.each(['minimal', 'ingress', 'http-route'] as const)(
  'with the rights for the case "%s" a file server without a workflow is found and adopted',
  async (name) => {
    const username = userNamed('rachel');
    const { objects } = await one(name, username);
    const { namespace, observed, routing, startedAt } = await untilServing(username, name);

    expect(namespace).toBe(objects.job.metadata?.namespace);
    expect(cluster.fileServerNamespaces[routing]).toBe(namespace);
    expect([observed.job?.spawnId, observed.pod?.phase]).toEqual(['op-1', 'Running']);
    expect(Date.parse(startedAt ?? '')).toBeGreaterThan(Date.now() - 600_000);
    expect((await pass(name)).adopted).toContain(username);
    expect(await Promise.all([objects.ingress, objects.service, objects.job].map(exists))).toEqual([
      true,
      true,
      true,
    ]);
  },
);

test('a file server of the reference controller is adopted, without a spawn ID', async () => {
  const username = userNamed('reference');
  await aReference(username);
  const { observed } = await untilServing(username);

  expect(observed).toMatchObject({ job: { spawnId: null, end: null }, pod: { spawnId: null } });
});

test('a user whom no label can name is known by the annotation', async () => {
  const username = `ada.${run}@example.org`;
  await one('email-username', username);

  expect((await untilServing(username, 'email-username')).username).toBe(username);
});

test('several pods of a job are no hindrance', async () => {
  const username = userNamed('many');
  await aReference(username, { jobSpec: { parallelism: 3, completions: 3 } });
  const selector = encodeURIComponent(`nublado.lsst.io/user=${username}`);
  const pods = `/api/v1/namespaces/${cluster.fileServerNamespaces.gafaelfawr}/pods?labelSelector=${selector}`;
  await eventually(
    async () => Object((await admin.send('GET', pods)).body).items,
    (items: { status: { phase: string } }[]) =>
      items.length === 3 && items.every(({ status }) => status.phase === 'Running'),
  );

  expect((await untilServing(username)).observed.pod?.phase).toBe('Running');
});

test('a load balancer that has a host serves', async () => {
  const username = userNamed('host');
  await aReference(username, { ingressAnnotations: { [INGRESS_ANNOTATION]: 'hostname' } });

  expect((await untilServing(username)).observed.ingress?.address).toMatch(/[a-z]/);
});

test('what is left of a file server is handed to a workflow to remove, once it is older than the grace', async () => {
  const username = userNamed('remains');
  const claimed = userNamed('claimed');
  const { ingress } = aReferenceFileServer(username, { namespace: cluster.fileServerNamespaces.gafaelfawr });
  await create(ingress);
  const { claims } = fileServerObjects(inputHere('everything', { username: claimed }));
  for (const claim of claims) await create(claim);
  await eventually(
    async () => (await pass()).removed,
    (removed) => removed.includes(username) && removed.includes(claimed),
  );

  expect(register.adopted.get(username)?.observed).toMatchObject({ job: null, pod: null });
  expect(register.adopted.get(claimed)?.observed).toEqual({ job: null, pod: null, ingress: null });
  expect(await exists(ingress)).toBe(true);
  const { adopted, removed } = await pass('minimal', 3_600_000);
  expect([...adopted, ...removed]).not.toContain(username);
});

test('objects whose labels do not give their name are reported and left alone', async () => {
  const [victim, stranger] = [userNamed('victim'), userNamed('stranger')];
  await aReference(victim);
  const { job } = aReferenceFileServer(stranger, { namespace: cluster.fileServerNamespaces.gafaelfawr });
  const { labels } = aReferenceFileServer(victim).job.metadata;
  const forged = { ...job, metadata: { ...job.metadata, labels } };
  await create(forged);
  await untilServing(victim);
  const { adopted, removed, reported } = await pass();

  const problem = `by its labels its name should be ${victim}-fs`;
  expect(reported).toContainEqual({ object: `Job ${stranger}-fs`, problem });
  expect([...adopted, ...removed]).not.toContain(stranger);
  expect(await exists(forged)).toBe(true);
});

test('a file server whose workflow is open, though not listed yet, is left to it', async () => {
  const username = userNamed('open');
  register.open.add(username);
  await aReference(username);
  const { adopted, removed } = await pass();

  expect([...adopted, ...removed]).not.toContain(username);
});

test('a running file server of which there is nothing is told to read its objects, a young one is not', async () => {
  register.running = [
    { username: userNamed('gone'), isRunning: true, ageMs: 600_000 },
    { username: userNamed('young'), isRunning: true, ageMs: 5_000 },
    { username: userNamed('starting'), isRunning: false, ageMs: 600_000 },
  ];

  expect((await pass('minimal', 120_000)).told).toEqual([userNamed('gone')]);
  expect(register.verified).toEqual([userNamed('gone')]);
});

test('a file server that cannot be adopted is reported, and hinders no other', async () => {
  const [refused, other] = [userNamed('refused'), userNamed('other')];
  await aReference(refused);
  await aReference(other);
  register.refused = refused;
  await untilServing(other);
  const { adopted, reported } = await pass();

  expect(adopted).toContain(other);
  const problem = 'it could not be compared with its workflow: Temporal is away';
  expect(reported).toContainEqual({ object: `file server of ${refused}`, problem });
});

test('a job that was deleted since it was listed is left alone', async () => {
  const username = userNamed('leaving');
  await aReference(username);
  await untilServing(username);
  register.adopted.clear();
  const { job } = aReferenceFileServer(username, { namespace: cluster.fileServerNamespaces.gafaelfawr });
  register.isOpen = async (user) => {
    if (user !== username) return true;
    await admin.send('DELETE', objectPath(job), { propagationPolicy: 'Foreground' });
    return false;
  };

  expect((await pass()).adopted).not.toContain(username);
});

test('where file servers are disabled, nothing is read', async () => {
  const { timeouts } = configFor('minimal');
  const nothing = { adopted: [], removed: [], told: [], reported: [] };
  const rightless = { fileserver: { enabled: false, pathPrefix: '/files' }, timeouts } as const;
  register.list = () => Promise.reject(new Error('it is not to be asked'));

  expect(await passWith(rightless)).toEqual(nothing);
});

test('without the right to list there is no pass', async () => {
  const config = configFor('minimal');
  const fileserver = { ...config.fileserver, namespace: cluster.controllerNamespace } as Config['fileserver'];

  await expect(passWith({ ...config, fileserver })).rejects.toMatchObject({ code: 403 });
});
