import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { createFileServerActivities, type FileServerActivities } from '../../src/activities/file-server';
import type { Config } from '../../src/config/config';
import { type FileServerTarget, type FileServerUids, isServing } from '../../src/domain/file-server';
import { fileServerName, fileServerWorkflowId } from '../../src/domain/file-server-key';
import { IN_THE_WAY, type ObjectInTheWay, SERVES_ALREADY } from '../../src/domain/obstacles';
import { createKubernetesClient, type KubernetesClient } from '../../src/kubernetes/client';
import type { RequestObservation } from '../../src/kubernetes/http';
import type { FileServerInput } from '../../src/objects/file-server/input';
import type { EnsureRequest } from '../../src/workflows/fileserver/messages';
import { BEHAVIOUR_ANNOTATION } from '../../stack/kubelet/behaviours';
import { attempt } from '../activities/attempt';
import { inputHere } from '../stack/file-servers';
import { eventually } from '../support/eventually';
import { aSealedEnsureRequest } from '../support/sealed-file-server';
import { sealer } from '../support/sealing';
import { theStack } from '../support/stack';

/** The activities of file servers on a real API server, with the permissions of the controller. */

const { kubernetes } = theStack();
const run = randomBytes(3).toString('hex');
const requestTimeoutMs = 10_000;
const requests: RequestObservation[] = [];

let controller: KubernetesClient;
let admin: KubernetesClient;

beforeAll(() => {
  const onRequest = (request: RequestObservation) => void requests.push(request);
  const { adminKubeconfig, controllerKubeconfig } = kubernetes;
  controller = createKubernetesClient({ kubeconfig: controllerKubeconfig, requestTimeoutMs, onRequest });
  admin = createKubernetesClient({ kubeconfig: adminKubeconfig, requestTimeoutMs });
});

beforeEach(() => {
  requests.length = 0;
});

afterAll(async () => {
  await controller.close();
  await admin.close();
});

/** Requests by their verbs. */
const asked = (...verbs: readonly string[]) => requests.filter(({ verb }) => verbs.includes(verb));

let serial = 0;

/** The file server of a new user, of a case. */
class Server {
  readonly input: FileServerInput;
  readonly activities: FileServerActivities;
  readonly request: EnsureRequest;
  private uids: FileServerUids = {};

  constructor(name: string, former?: Server, annotations: Record<string, string> = {}) {
    const username = former?.input.user.username ?? `user-${(serial += 1)}-${run}`;
    this.input = inputHere(name, { username, annotations });
    const { config } = this.input;
    this.activities = createFileServerActivities({
      kubernetes: controller,
      sealer,
      configurations: { of: () => config as Config },
    });
    this.request = aSealedEnsureRequest(this.input);
  }

  get target(): FileServerTarget {
    const { operationId, plan } = this.request;
    const { namespace, routing, user } = plan;
    return { username: user.username, namespace, routing, operationId, uids: this.uids };
  }

  run<T>(activity: () => Promise<T>): Promise<T> {
    return attempt(activity, fileServerWorkflowId(this.target.username));
  }

  async create(): Promise<FileServerUids> {
    this.uids = await this.run(() => this.activities.createFileServer({ ...this.request, told: null }));
    return this.uids;
  }

  read() {
    return this.run(() => this.activities.readFileServer(this.target));
  }

  /** Removes everything, in as many attempts as that takes. */
  async remove({ isForced = false, uids = this.uids } = {}): Promise<void> {
    const target = { ...this.target, uids };
    await untilDone(() =>
      this.run(() => this.activities.removeFileServer({ ...target, isForced, told: null })),
    );
  }
}

const typeOf = (error: unknown): string =>
  error instanceof ApplicationFailure ? (error.type ?? '') : String(error);

async function untilDone(activity: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await activity();
    } catch (error) {
      if (!['NotYet', 'Obstacle'].includes(typeOf(error))) throw error;
      await delay(100);
    }
  }
}

test.each([
  ['minimal', 3],
  ['ingress', 3],
  ['http-route', 3],
])(
  'the file server of the case "%s" is created with %i writes, serves, and is removed',
  async (name, writes) => {
    const server = new Server(name);
    await server.create();
    expect(asked('create', 'update', 'patch').length).toBeLessThanOrEqual(writes);
    await eventually(() => server.read(), isServing);
    expect(await server.run(() => server.activities.isFileServerUp(server.target))).toBe(true);
    await server.remove();

    expect(await server.read()).toEqual({ job: null, pod: null, ingress: null });
    expect(await server.run(() => server.activities.isFileServerUp(server.target))).toBe(false);
  },
);

test('another attempt keeps what the first has created', async () => {
  const server = new Server('everything');
  const first = await server.create();

  expect(await server.create()).toEqual(first);
  await server.remove();
});

test('a file server of another creation that serves is found in place of creating one', async () => {
  const former = new Server('minimal');
  await former.create();
  await eventually(() => former.read(), isServing);
  const error = await new Server('minimal', former).create().catch((reason: unknown) => reason);

  expect(typeOf(error)).toBe(SERVES_ALREADY);
  expect((error as ApplicationFailure).details).toMatchObject([
    { job: { spawnId: former.request.operationId, end: null }, pod: { phase: 'Running' } },
  ]);
  await former.remove();
});

test('what an earlier creation has left is in the way, and is removed by its UID before another one', async () => {
  // The claims of this case are not bound in the stack, so that its pod does not start.
  const former = new Server('everything');
  await former.create();
  expect(asked('create', 'update', 'patch').length).toBeLessThanOrEqual(5);
  const server = new Server('everything', former);
  const inTheWay: string[] = [];
  for (;;) {
    const error = await server.create().then(
      () => null,
      (reason: unknown) => reason,
    );
    if (error === null) break;
    expect(typeOf(error)).toBe(IN_THE_WAY);
    const object = (error as ApplicationFailure).details?.[0] as ObjectInTheWay;
    inTheWay.push(object.kind);
    const { namespace, username } = server.target;
    await untilDone(() =>
      server.run(() => server.activities.removeObject({ ...object, namespace, username })),
    );
  }

  expect(new Set(inTheWay)).toEqual(
    new Set(['PersistentVolumeClaim', 'GafaelfawrIngress', 'Service', 'Job']),
  );
  expect((await server.read()).job?.spawnId).toBe(server.request.operationId);
  await server.remove();
});

test('a removal that comes late leaves the next file server alone', async () => {
  const former = new Server('minimal');
  await former.create();
  await former.remove();
  const server = new Server('minimal', former);
  await server.create();
  await eventually(() => server.read(), isServing);
  requests.length = 0;
  await former.remove();
  await former.remove({ uids: {}, isForced: true });

  expect(isServing(await server.read())).toBe(true);
  expect(asked('delete').every(({ status }) => status === 409)).toBe(true);
  await server.remove();
});

test('without UIDs its objects are found by their labels', async () => {
  const server = new Server('everything');
  await server.create();
  await server.remove({ uids: {} });

  expect(await server.read()).toEqual({ job: null, pod: null, ingress: null });
});

test('an object of something else is neither taken nor removed', async () => {
  const server = new Server('minimal');
  const { namespace, username } = server.target;
  const metadata = { name: fileServerName(username), namespace };
  const service = { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 80 }] } };
  await admin.create(service);

  expect(typeOf(await server.create().catch((error: unknown) => error))).toBe('ObjectConflict');
  await server.remove();
  expect((await admin.identify(service)).metadata.labels).toBeUndefined();
  await admin.remove(service, { uid: (await admin.identify(service)).metadata.uid });
});

test('a pod that does not end keeps the removal, which says so, until it is forced', async () => {
  const server = new Server('minimal', undefined, { [BEHAVIOUR_ANNOTATION]: 'stuck-terminating' });
  await server.create();
  await eventually(
    () => server.read(),
    ({ pod }) => pod?.phase === 'Running',
  );
  const once = () =>
    server
      .run(() => server.activities.removeFileServer({ ...server.target, isForced: false, told: null }))
      .catch((error: unknown) => error);
  await once();
  const { message } = (await once()) as Error;
  expect(message).toContain(`Job ${server.target.namespace}/${fileServerName(server.target.username)}`);
  expect((await server.read()).pod?.isDeleting).toBe(true);
  await server.remove({ isForced: true });
});

test('only the workflow of the user ends their file server', async () => {
  const server = new Server('minimal');
  const ask = { ...server.target, isForced: false, told: null };
  const another = attempt(() => server.activities.removeFileServer(ask), 'fileserver-somebody-else');

  expect(typeOf(await another.catch((error: unknown) => error))).toBe('PlanRefused');
});
