import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { parseConfig } from '../src/config/config';
import { collectionPath } from '../src/kubernetes/paths';
import type { FileServerInput } from '../src/objects/file-server/input';
import { fileServerObjects } from '../src/objects/file-server/objects';
import { BEHAVIOUR_ANNOTATION } from '../stack/kubelet/behaviours';
import { type KubernetesApi, kubernetesApi } from '../stack/kubernetes-api';
import { CHECKOUT } from '../stack/paths';
import { type RunningStack, startStack } from '../stack/start';
import { startControllers } from './controllers';
import type { LabUser } from './lab-client';
import { kubernetesRequests } from './meters';
import { percentile } from './statistics';
import { markdown } from './tables';
import { makeUsers } from './users';

/** Durations of creations in milliseconds, for pods of one behaviour. */
interface Creations {
  /** From the first creation of an object to a running pod and a served Ingress, without a controller. */
  readonly bare: readonly number[];
  /** From the first request to the page. */
  readonly first: readonly number[];
}

/** Durations in milliseconds, and writes to the API server per file server. */
export interface FileServerFigures {
  /** Pods that run at once. */
  readonly fast: Creations;
  /** Pods that take 3 s to start. */
  readonly slow: Creations;
  /** Requests for the page of a file server that runs. */
  readonly running: readonly number[];
  readonly writesPerCreation: number;
  readonly writesPerDeletion: number;
}

const READS_OF_EACH = 25;
const SLOW_SHARE = 1 / 5;
const LOOK_EVERY_MS = 10;
const LIMIT_MS = 60_000;

/**
 * Creates file servers one after the other, by turns without and with the controller, and reads the pages of those that
 * run. On a stack of its own; pods are simulated.
 */
export async function measureFileServers(
  count: number,
  say: (line: string) => void,
): Promise<FileServerFigures> {
  const stack = await startStack({ name: `file-servers-${process.pid}`, ingress: true, progress: say });
  const cluster = kubernetesApi(stack.kubernetes.controllerKubeconfig);
  try {
    const fast = await measureWith({ stack, cluster, behaviour: 'fast', count });
    say(`${count} file servers with fast pods are measured`);
    const slow = await measureWith({
      stack,
      cluster,
      behaviour: 'slow',
      count: Math.max(1, Math.round(count * SLOW_SHARE)),
    });
    return { ...fast, fast, slow };
  } finally {
    cluster.close();
    await stack.stop();
  }
}

interface Measurement {
  readonly stack: RunningStack;
  readonly cluster: KubernetesApi;
  readonly behaviour: 'fast' | 'slow';
  readonly count: number;
}

async function measureWith({ behaviour, cluster, count, stack }: Measurement) {
  const configFile = writeConfig(stack, behaviour);
  const controllers = await startControllers({ stack, configFile });
  const agent = new Agent({ headersTimeout: 180_000 });
  const call = async ({ token, username }: LabUser): Promise<number> => {
    const startedAt = performance.now();
    const headers = { 'x-auth-request-user': username, 'x-auth-request-token': token };
    const answer = await request(`${controllers.apiUrl}/files`, { dispatcher: agent, headers });
    await answer.body.dump();
    if (answer.statusCode !== 200) throw new Error(`${answer.statusCode} for a file server`);
    return performance.now() - startedAt;
  };
  const remove = async (username: string): Promise<void> => {
    const url = `${controllers.apiUrl}/nublado/fileserver/v1/users/${username}`;
    const answer = await request(url, { method: 'DELETE', dispatcher: agent });
    await answer.body.dump();
    if (answer.statusCode !== 204) throw new Error(`${answer.statusCode} for a deletion`);
  };
  const writes = async () => (await kubernetesRequests(controllers.opsUrls))['writes'] ?? 0;

  const inputOf = bareInput(stack, configFile);
  const [bare, first, running]: [number[], number[], number[]] = [[], [], []];
  const [warm, ...users] = await makeUsers(stack, behaviour, count + 1);
  if (warm) await call(warm);
  const before = await writes();
  for (const [index, user] of users.entries()) {
    bare.push(await createBare(cluster, inputOf(`bare-${behaviour}-${index}`)));
    first.push(await call(user));
  }
  const created = await writes();
  for (let turn = 0; turn < READS_OF_EACH; turn += 1) {
    for (const user of users) running.push(await call(user));
  }
  const read = await writes();
  for (const { username } of users) await remove(username);
  const writesPerDeletion = ((await writes()) - read) / count;
  await Promise.all([controllers.stop(), agent.close()]);
  return { bare, first, running, writesPerCreation: (created - before) / count, writesPerDeletion };
}

function writeConfig(stack: RunningStack, behaviour: string): string {
  const config = parse(readFileSync(join(CHECKOUT, 'bench/config.yaml'), 'utf8')) as object;
  const file = join(stack.directory, `file-servers-${behaviour}.yaml`);
  const fileserver = {
    enabled: true,
    namespace: stack.kubernetes.fileServerNamespaces.gafaelfawr,
    extraAnnotations: { [BEHAVIOUR_ANNOTATION]: behaviour },
    volumeMounts: [{ containerPath: '/home', volumeName: 'home' }],
  };
  writeFileSync(file, stringify({ ...config, fileserver, limits: { fileServersPerMinute: 100_000 } }));
  return file;
}

/** What the objects of a file server without a controller are built from. */
function bareInput(stack: RunningStack, configFile: string): (username: string) => FileServerInput {
  const { config } = parseConfig(readFileSync(configFile, 'utf8'), {
    REPERTOIRE_BASE_URL: stack.identity.discoveryUrl,
    EXTERNAL_INSTANCE_URL: stack.identity.proxyUrl,
  });
  const { fileserver } = config;
  if (!fileserver.enabled) throw new Error('file servers are disabled');
  return (username) => ({
    config: { ...config, fileserver },
    user: { username, name: null, uid: 5000, gid: 5000, groups: [{ name: username, id: 5000 }], quota: null },
    operationId: 'bare',
  });
}

const pods = z.object({ items: z.array(z.object({ status: z.object({ phase: z.string().optional() }) })) });
const served = z.object({
  status: z.object({ loadBalancer: z.object({ ingress: z.array(z.unknown()).min(1) }) }),
});

/** Creates the objects one after the other, as the controller does, and waits until all of it is usable. */
async function createBare(cluster: KubernetesApi, input: FileServerInput): Promise<number> {
  const { ingress, job, service } = fileServerObjects(input);
  const startedAt = performance.now();
  for (const manifest of [ingress, service, job]) {
    const { status } = await cluster.send('POST', collectionPath(manifest), manifest);
    if (status !== 201) throw new Error(`${status} for a bare file server`);
  }
  const namespace = `/namespaces/${input.config.fileserver.namespace}`;
  const name = job.metadata?.name ?? '';
  const podsPath = `/api/v1${namespace}/pods?labelSelector=job-name%3D${name}`;
  const ingressPath = `/apis/networking.k8s.io/v1${namespace}/ingresses/${name}`;
  const isUsable = async (): Promise<boolean> => {
    const [podList, way] = await Promise.all([
      cluster.send('GET', podsPath),
      cluster.send('GET', ingressPath),
    ]);
    const isRunning = pods.parse(podList.body).items.some(({ status }) => status.phase === 'Running');
    return isRunning && served.safeParse(way.body).success;
  };
  while (!(await isUsable())) {
    if (performance.now() - startedAt > LIMIT_MS) throw new Error('a bare file server never became usable');
    await delay(LOOK_EVERY_MS);
  }
  return performance.now() - startedAt;
}

/** The figures as Markdown tables. */
export function fileServerTable(figures: FileServerFigures): string {
  const { fast, running, slow, writesPerCreation, writesPerDeletion } = figures;
  const table = markdown(
    'File servers',
    ['from … to …', 'samples', 'p50 ms', 'p95 ms', 'p99 ms', 'as a multiple'],
    [
      row('bare objects to running pod and served Ingress', fast.bare),
      row('first request to page', fast.first, fast.bare),
      row('the same with pods that take 3 s: bare objects', slow.bare),
      row('first request to page', slow.first, slow.bare),
      row('request to page of a running one', running),
    ],
  );
  const counts = `${writesPerCreation.toFixed(1)} per creation, ${writesPerDeletion.toFixed(1)} per deletion`;
  return `${table}\n\nWrites to the API server: ${counts}.`;
}

/** A row of durations; its last cell is the ratio of the medians to those of another row. */
const row = (name: string, samples: readonly number[], base?: readonly number[]): string[] => [
  name,
  String(samples.length),
  ...[0.5, 0.95, 0.99].map((share) => percentile(samples, share).toFixed(1)),
  base ? (percentile(samples, 0.5) / percentile(base, 0.5)).toFixed(2) : '',
];
