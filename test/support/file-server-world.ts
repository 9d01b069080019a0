import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { type OwnStack, startStack } from '../../stack/start';
import { eventually } from './eventually';
import { type FaultyApiServer, startFaultyApiServer } from './faulty-api-server';
import { type TestUser, type World, worldOn } from './world';

const CONFIG_FILE = join(__dirname, '../data/e2e/file-servers.yaml');

/** A world whose users can have file servers; its processes reach the API server through a proxy that can fail. */
export interface FileServerWorld extends World {
  readonly stack: OwnStack;
  readonly apiServer: FaultyApiServer;
  /** Writes a configuration file with other keys of section `fileserver`. */
  configuration(name: string, fileserver: object): string;
}

/** Starts a stack with Ingresses and processes in place of containers; the controller is started by the test. */
export async function aFileServerWorld(fileserver: object = {}): Promise<FileServerWorld> {
  const name = `file-servers-${randomBytes(4).toString('hex')}`;
  const stack = await startStack({ name, ingress: true, labs: true });
  const kubeconfig = join(stack.directory, 'faulty.kubeconfig');
  const apiServer = await startFaultyApiServer(stack.kubernetes.controllerKubeconfig, kubeconfig);
  const configuration: FileServerWorld['configuration'] = (name, changes) => {
    const config = parse(readFileSync(CONFIG_FILE, 'utf8')) as { fileserver: object };
    const file = join(stack.directory, `${name}.yaml`);
    writeFileSync(file, stringify({ ...config, fileserver: { ...config.fileserver, ...changes } }));
    return file;
  };
  const world = await worldOn(stack, {
    configFile: configuration('config', fileserver),
    environment: { KUBECONFIG: kubeconfig },
  });
  const stop = world.stop.bind(world);
  return Object.assign(world, {
    stack,
    apiServer,
    configuration,
    async stop() {
      await stop();
      apiServer.close();
    },
  });
}

/** A user whose token is good for labs and files. */
export const aFileUser = (world: World, facts: object = {}): Promise<TestUser> =>
  world.aUser({ scopes: ['exec:notebook', 'write:files'], ...facts });

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Sends a request and reads its whole answer, so that no connection stays busy. Redirects are not followed. */
export async function send(url: string, init: RequestInit): Promise<Response> {
  const answer = await fetch(url, { redirect: 'manual', ...init });
  const body = await answer.arrayBuffer();
  const { headers, status } = answer;
  return new Response(body.byteLength === 0 ? null : body, { headers, status });
}

/** Asks for the page that creates the user's file server, through the ingress. */
export const openPage = ({ stack }: World, { token }: TestUser, path = '/files'): Promise<Response> =>
  send(`${stack.identity.proxyUrl}${path}`, { headers: bearer(token) });

/** Opens the page. @throws Error with the answer unless the file server is ready. */
export async function openFiles(world: World, user: TestUser): Promise<void> {
  const answer = await openPage(world, user);
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`no file server: ${answer.status} ${text}`);
}

/** Sends a request to a user's file server through the ingress, as a WebDAV client with a token as the password. */
export function dav(
  { stack }: World,
  { token, username }: TestUser,
  path: string,
  init: RequestInit = {},
): Promise<Response> {
  const authorization = `Basic ${Buffer.from(`${username}:${token}`).toString('base64')}`;
  const headers = { ...(init.headers as Record<string, string> | undefined), authorization };
  const url = `${stack.identity.proxyUrl}/files/${username}${path}`;
  return send(url, { ...init, headers });
}

/** Opens the page, and returns once the program in the pod answers. */
export async function openServer(world: World, user: TestUser): Promise<void> {
  await openFiles(world, user);
  await eventually(
    () => dav(world, user, '/', { method: 'OPTIONS' }),
    ({ status }) => status === 200,
  );
}

/** Sends a request of an operator to the routes about file servers. */
export const administrate = ({ stack }: World, path: string, method = 'GET'): Promise<Response> =>
  send(`${stack.identity.proxyUrl}/nublado/fileserver/v1/${path}`, {
    method,
    headers: bearer('gt-operator.fake'),
  });

/** Deletes a user's file server as an operator; gives the status of the answer. */
export async function deleteFiles(world: World, { username }: TestUser): Promise<number> {
  return (await administrate(world, `users/${username}`, 'DELETE')).status;
}

const NAMESPACE = '/namespaces/fileservers';

/** Paths of the collections that a file server has objects in, by their name here. */
const COLLECTIONS = {
  gafaelfawrIngress: `/apis/gafaelfawr.lsst.io/v1alpha1${NAMESPACE}/gafaelfawringresses`,
  ingress: `/apis/networking.k8s.io/v1${NAMESPACE}/ingresses`,
  service: `/api/v1${NAMESPACE}/services`,
  job: `/apis/batch/v1${NAMESPACE}/jobs`,
  pod: `/api/v1${NAMESPACE}/pods`,
} as const;

const KINDS = Object.keys(COLLECTIONS) as (keyof typeof COLLECTIONS)[];

const objects = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        name: z.string(),
        uid: z.string(),
        labels: z.record(z.string(), z.string()).optional(),
        deletionTimestamp: z.string().optional(),
      }),
      status: z.object({ phase: z.string().optional() }).optional(),
    }),
  ),
});

type FoundObject = z.output<typeof objects>['items'][number];

/** The objects of one kind of a user's file server. */
export async function objectsOf(
  { cluster }: World,
  { username }: TestUser,
  kind: keyof typeof COLLECTIONS,
): Promise<FoundObject[]> {
  const selector = encodeURIComponent(`nublado.lsst.io/user=${username}`);
  const { body } = await cluster.send('GET', `${COLLECTIONS[kind]}?labelSelector=${selector}`);
  return objects.parse(body).items;
}

/** Path of the only pod of a user's file server, once there is one. */
export async function podPathOf(world: World, user: TestUser): Promise<string> {
  const [pod] = await eventually(
    () => objectsOf(world, user, 'pod'),
    (pods) => pods.length > 0,
  );
  return `${COLLECTIONS.pod}/${pod?.metadata.name}`;
}

const memo = z.object({ fileServer: z.object({ phase: z.string() }) });

/** The phase that the user's open workflow publishes; null without one. */
export async function phaseOf({ temporal }: World, { username }: TestUser): Promise<string | null> {
  const run = await temporal.workflow
    .getHandle(`fileserver-${username}`)
    .describe()
    .catch(() => null);
  return run?.status.name === 'RUNNING' ? memo.parse(run.memo).fileServer.phase : null;
}

/** What a file server is at the end of a test; `gone` means that nothing of it is left. */
export type FileServerEnd = 'running' | 'gone';

async function problemsOf(world: World, user: TestUser, end: FileServerEnd): Promise<string[]> {
  const { status } = await administrate(world, `users/${user.username}`);
  const found = await Promise.all(KINDS.map((kind) => objectsOf(world, user, kind)));
  const counts = Object.fromEntries(KINDS.map((kind, index) => [kind, found[index]?.length ?? 0]));
  const all = found.flat();
  const creations = new Set(all.map(({ metadata }) => metadata.labels?.['nublado.lsst.io/spawn-id']));
  const facts = { status, phase: await phaseOf(world, user), counts };
  if (end === 'gone') {
    return status === 404 && facts.phase === null && all.length === 0
      ? []
      : [`not gone: ${JSON.stringify(facts)}`];
  }
  const isComplete = KINDS.every((kind) => counts[kind] === 1);
  const isWhole =
    creations.size === 1 &&
    all.every(({ metadata }) => metadata.deletionTimestamp === undefined) &&
    found[KINDS.indexOf('pod')]?.[0]?.status?.phase === 'Running';
  return status === 200 && facts.phase === 'running' && isComplete && isWhole
    ? []
    : [`not running: ${JSON.stringify({ ...facts, creations: [...creations] })}`];
}

/**
 * Waits until Kubernetes, Temporal and the API agree about a file server: it runs, each of its objects is there once
 * and of one creation, or nothing is left.
 *
 * @throws Error with what differs.
 */
export async function settleFiles(world: World, user: TestUser, end: FileServerEnd): Promise<void> {
  await eventually(
    () => problemsOf(world, user, end),
    (problems) => problems.length === 0,
  );
}
