import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { PrepullReport, WantedPull } from '../../src/domain/prepull';
import { wantPulls } from '../../src/workflow-clients/prepull';
import { startStack } from '../../stack/start';
import { eventually } from '../support/eventually';
import { type World, worldOn } from '../support/world';

const NODES = 50;
const BAD = 'behaviour-image-pull-failure';
const REPOSITORY = 'registry.example.com/lab';
const DIGESTS: Readonly<Record<string, string>> = { w_2077_44: 'a1', w_2077_45: 'b2', [BAD]: 'c3' };

let world: World;
const end = new AbortController();
/** Names of all prepull pods that were ever made, in order. */
const made: string[] = [];

const podEvent = z.object({
  type: z.string(),
  object: z.object({ metadata: z.object({ name: z.string(), resourceVersion: z.string() }) }),
});
const podList = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  items: z.array(z.unknown()),
});
const nodeList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      status: z.object({ images: z.array(z.object({ names: z.array(z.string()) })).default([]) }),
    }),
  ),
});

const PODS = `/api/v1/pods?labelSelector=${encodeURIComponent('nublado.lsst.io/category=prepuller')}`;

async function pods() {
  return podList.parse((await world.cluster.send('GET', PODS)).body);
}

/** Notes every pod that is made from now on, until the world ends. The server may end a watch at any time. */
async function witnessPods(): Promise<void> {
  let version = (await pods()).metadata.resourceVersion;
  const note = async () => {
    for await (const event of world.cluster.watch(`${PODS}&watch=true&resourceVersion=${version}`)) {
      const { type, object } = podEvent.parse(event);
      version = object.metadata.resourceVersion;
      if (type === 'ADDED') made.push(object.metadata.name);
    }
  };
  void (async () => {
    while (!end.signal.aborted) await note().catch(() => undefined);
  })();
}

beforeAll(async () => {
  const stack = await startStack({ name: `prepull-${randomBytes(4).toString('hex')}`, nodes: NODES });
  const config = parse(readFileSync(join(__dirname, '../data/e2e/config.yaml'), 'utf8')) as object;
  // The repository is unavailable, so that only the test requests pulls.
  const source = { type: 'docker', registry: '127.0.0.1:1', repository: 'lab' };
  const configFile = join(stack.directory, 'config.yaml');
  writeFileSync(configFile, stringify({ ...config, images: { source, dockerCredentialsPath: null } }));
  world = await worldOn(stack, { configFile }, ['watcher']);
  await witnessPods();
});

afterAll(async () => {
  end.abort();
  await world.stop();
});

function aPull(node: string, tag: string): WantedPull {
  const digest = `sha256:${DIGESTS[tag] ?? Buffer.from(tag).toString('hex')}`;
  return { node, tag, digest, reference: `${REPOSITORY}:${tag}@${digest}`, name: tag };
}

/** Says what all nodes lack, as the refresh does. */
async function want(nodes: readonly string[], tags: readonly string[], bound: number): Promise<void> {
  const settings = {
    bound,
    timeoutMs: 60_000,
    retryMs: 3_600_000,
    maxRetryMs: 3_600_000,
    tolerations: [],
    pullSecret: null,
    namespace: world.stack.kubernetes.controllerNamespace,
    imagePullPatienceMs: 1_000,
  };
  const pulls = nodes.flatMap((node) => tags.map((tag) => aPull(node, tag)));
  await wantPulls(world.temporal, { pulls, settings });
}

const handle = () => world.temporal.workflow.getHandle('prepull');

async function report(): Promise<PrepullReport | undefined> {
  return (await handle().describe()).memo?.['prepull'] as PrepullReport | undefined;
}

/** The images that each node reports, by node. */
async function imagesOfNodes(): Promise<Map<string, string[]>> {
  const { items } = nodeList.parse((await world.cluster.send('GET', '/api/v1/nodes')).body);
  return new Map(
    items.map(({ metadata, status }) => [metadata.name, status.images.flatMap(({ names }) => names)]),
  );
}

const requestsIn = (metrics: string, verb: string): number =>
  [...metrics.matchAll(new RegExp(`requests_total\\{verb="${verb}",resource="pods".*\\} (\\d+)`, 'g'))]
    .map(([, count]) => Number(count))
    .reduce((sum, count) => sum + count, 0);

test('images reach all nodes but the one that cannot be pulled, which is reported', async () => {
  const worker = await world.start('worker');
  const { nodes } = world.stack.kubernetes;
  const tags = Object.keys(DIGESTS);
  await want(nodes, tags, NODES);

  const { failed } =
    (await eventually(report, (it) => it?.done === 2 * NODES && it.failed.length === NODES)) ?? {};
  expect(new Set(failed?.map(({ node }) => node))).toEqual(new Set(nodes));
  expect(failed?.[0]).toMatchObject({
    reference: `${REPOSITORY}:${BAD}@sha256:c3`,
    reason: 'The image could not be pulled: ErrImagePull, not found',
    attempts: 1,
  });
  expect((await pods()).items).toEqual([]);
  expect([made.length, new Set(made).size]).toEqual([3 * NODES, 3 * NODES]);

  const good = ['w_2077_44', 'w_2077_45'].flatMap((tag) => [
    `${REPOSITORY}@sha256:${DIGESTS[tag]}`,
    `${REPOSITORY}:${tag}`,
  ]);
  const images = await eventually(imagesOfNodes, (images) =>
    [...images.values()].every((names) => names.length >= good.length),
  );
  for (const names of images.values()) expect(names.toSorted()).toEqual(good.toSorted());

  const metrics = await (await fetch(`${worker.opsUrl}/metrics`)).text();
  expect(metrics).toMatch(/^nublado_prepull_total\{.*outcome="pulled".*\} 100$/m);
  expect(metrics).toMatch(/^nublado_prepull_total\{.*outcome="failed".*\} 50$/m);
  expect(metrics).toMatch(/^nublado_prepull_duration_seconds_bucket\{.*le="10".*\} \d+$/m);
  expect([requestsIn(metrics, 'create'), requestsIn(metrics, 'delete')]).toEqual([150, 150]);
  expect(requestsIn(metrics, 'list')).toBeLessThan(10);

  await handle().cancel();
  await eventually(
    () => handle().describe(),
    ({ status }) => status.name === 'CANCELLED',
  );
  await worker.kill('SIGTERM');
});

test('a worker that is killed in the middle takes nothing along, and nothing is pulled twice', async () => {
  made.length = 0;
  const worker = await world.start('worker');
  const nodes = world.stack.kubernetes.nodes.slice(0, 10);
  await want(nodes, ['one-behaviour-exit-0-later', 'two-behaviour-exit-0-later'], 8);
  await eventually(
    async () => made.length,
    (count) => count >= 8,
  );
  await worker.kill('SIGKILL');
  await world.start('worker');
  await eventually(
    () => handle().describe(),
    ({ status }) => status.name === 'COMPLETED',
  );

  expect(await report()).toEqual({ running: [], failed: [], failedCount: 0, waiting: 0, done: 20 });
  expect((await pods()).items).toEqual([]);
  expect([made.length, new Set(made).size]).toEqual([20, 20]);
});

test('where nothing is missing, nothing is started', async () => {
  const { runId } = await handle().describe();
  await want([], [], 1);

  expect((await handle().describe()).runId).toBe(runId);
});

test('what a terminated workflow has left is removed with the next start', async () => {
  made.length = 0;
  const nodes = world.stack.kubernetes.nodes.slice(0, 3);
  await want(nodes, ['three-behaviour-image-pull-failure'], 3);
  await eventually(
    async () => made.length,
    (count) => count === 3,
  );
  await handle().terminate();
  await want(nodes.slice(0, 1), ['four'], 3);
  await eventually(
    () => handle().describe(),
    ({ status }) => status.name === 'COMPLETED',
  );

  expect((await pods()).items).toEqual([]);
});
