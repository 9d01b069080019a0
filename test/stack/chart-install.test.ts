import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { buildComponents } from '../../stack/build';
import { type HelmOutcome, helmOn } from '../../stack/chart/helm';
import { type GoComponent, HELM, HELM_4 } from '../../stack/components';
import { CHART, type Chart, ROOT, theChart } from '../support/chart';
import { eventually } from '../support/eventually';
import { BUILD_TIMEOUT_MS } from '../support/helm';
import { type OwnNamespace, ownNamespace } from '../support/own-namespace';
import { theStack } from '../support/stack';

const { kubernetes, temporal } = theStack();
/** Interval of looks for pods of hooks. */
const POLL_MS = 500;
const namespace = `install-${randomUUID().slice(0, 8)}`;

let chart: Chart;
let own: OwnNamespace;
/** All kinds of objects that the API server can list, with and without a namespace. */
let kinds: string;

beforeAll(async () => {
  chart = await theChart();
  await buildComponents({ components: [HELM, HELM_4] });
  own = await ownNamespace(temporal.address);
  kinds = chart
    .kubectl(['api-resources', '--verbs=list', '--output=name'])
    .output.trim()
    .split('\n')
    // Events are of no release; they go by themselves after a while.
    .filter((kind) => kind !== 'events' && kind !== 'events.events.k8s.io')
    .join();
}, BUILD_TIMEOUT_MS);

afterAll(async () => {
  chart.kubectl(['delete', 'namespace', namespace, '--wait=false']);
  await own.connection.close();
});

/** Runs a major version of Helm on the stack's cluster. */
async function helm(major: GoComponent, ...words: readonly string[]): Promise<HelmOutcome> {
  return (await helmOn(kubernetes.adminKubeconfig, namespace, major))(...words);
}

const jobPod = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    containers: z.tuple([
      z.object({
        args: z.array(z.string()),
        env: z.array(z.object({ name: z.string(), value: z.string().default('') })).default([]),
      }),
    ]),
  }),
  status: z.object({ phase: z.string() }),
});

/** The pods of hooks that have not ended. The stack's nodes simulate pods, and do not end them. */
function waitingJobs(): z.infer<typeof jobPod>[] {
  const { output } = chart.kubectl([
    'get',
    'pods',
    `--namespace=${namespace}`,
    '--selector=job-name',
    '--output=json',
  ]);
  if (output === '') return [];
  const { items } = z.object({ items: z.array(jobPod) }).parse(JSON.parse(output));
  return items.filter(({ status }) => status.phase === 'Running');
}

/** Runs Helm, and the command of each hook as a process; returns what these have printed as well. */
async function helmWithHooks(
  major: GoComponent,
  ...words: readonly string[]
): Promise<HelmOutcome & { readonly printed: string[] }> {
  const printed: string[] = [];
  const ended = new AbortController();
  const outcome = helm(major, ...words).finally(() => ended.abort());
  while (!ended.signal.aborted) {
    for (const { metadata, spec } of waitingJobs()) {
      const [{ args, env }] = spec.containers;
      const variables = Object.fromEntries(env.map(({ name, value }) => [name, value]));
      printed.push(await nublado(args, variables));
      const status = JSON.stringify({ status: { phase: 'Succeeded' } });
      const pod = ['pod', metadata.name, `--namespace=${namespace}`];
      chart.kubectl(['patch', ...pod, '--subresource=status', `--patch=${status}`]);
    }
    await delay(POLL_MS, undefined, { signal: ended.signal }).catch(() => undefined);
  }
  return { ...(await outcome), printed };
}

async function nublado(words: readonly string[], variables: Record<string, string>): Promise<string> {
  const { PATH } = process.env;
  const env = { PATH, KUBECONFIG: kubernetes.adminKubeconfig, ...variables };
  const args = ['--import', 'tsx', join(ROOT, 'src/cli/main.ts'), ...words];
  return (await promisify(execFile)(process.execPath, args, { env })).stdout.trim();
}

const OBJECT = [
  '{range .items[*]}',
  '{.kind}{"\\t"}',
  '{.metadata.namespace}{"\\t"}',
  '{.metadata.name}{"\\t"}',
  '{.metadata.annotations.meta\\.helm\\.sh/release-namespace}{"\\n"}',
  '{end}',
].join('');

/**
 * All objects of all kinds that have to do with the release: in its namespace, of it by what Helm notes, or named after
 * it. Those that every namespace has are left out.
 */
function objectsThere(): string[] {
  const { output } = chart.kubectl(['get', kinds, '--all-namespaces', `--output=jsonpath=${OBJECT}`]);
  const found = output
    .trim()
    .split('\n')
    .map((line) => line.split('\t'))
    .filter(([, place, name = '', of]) => [place, of].includes(namespace) || name.includes(namespace))
    .map(([kind = '', place = '', name = '']) => `${kind} ${place}/${name}`);
  const everywhere = [
    `Namespace /${namespace}`,
    `ConfigMap ${namespace}/kube-root-ca.crt`,
    `ServiceAccount ${namespace}/default`,
  ];
  expect(found).toEqual(expect.arrayContaining(everywhere));
  return found.filter((name) => !everywhere.includes(name)).toSorted();
}

/** Kinds of objects of the chart that are of no namespace, and two others that are easily forgotten. */
const WIDE = [
  'ClusterRole',
  'ClusterRoleBinding',
  'NetworkPolicy',
  'PodDisruptionBudget',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
];

const keys = (): string =>
  chart.kubectl([
    'get',
    'secret',
    'nublado-controller-sealing-keys',
    `--namespace=${namespace}`,
    '--output=json',
  ]).output;

const KEYS = `Secret ${namespace}/nublado-controller-sealing-keys`;

test.each([
  ['3', HELM, `${KEYS} created with one key`],
  ['4', HELM_4, `${KEYS} exists and is left as it is`],
])('Helm %s installs the chart, upgrades it, and removes all but the keys', async (_number, major, first) => {
  const values = [
    `--set=temporal.address=${temporal.address}`,
    `--set=temporal.namespace=${own.name}`,
    `--values=${join(ROOT, 'examples/oidc-hub/values.yaml')}`,
    '--wait',
    '--timeout=240s',
  ];
  const installed = await helmWithHooks(major, 'install', 'nublado', CHART, '--create-namespace', ...values);
  expect(installed).toMatchObject({ isSuccess: true });
  expect(installed.output).toContain('rollout status deployment/nublado-controller-api');
  expect(installed.printed).toEqual([first, 'all search attributes are registered']);
  const before = keys();
  const there = objectsThere();
  expect(there).toContain(`Deployment ${namespace}/nublado-controller-worker`);
  expect(there.filter((name) => /hook|^Job/.test(name))).toEqual([]);
  expect(WIDE.filter((kind) => !there.some((name) => name.startsWith(`${kind} `)))).toEqual([]);

  const upgraded = await helmWithHooks(
    major,
    'upgrade',
    'nublado',
    CHART,
    '--set=worker.replicas=3',
    ...values,
  );
  expect(upgraded).toMatchObject({ isSuccess: true });
  expect(upgraded.printed[0]).toBe(`${KEYS} exists and is left as it is`);
  expect(keys()).toBe(before);

  const removed = await helm(major, 'uninstall', 'nublado', '--wait', '--timeout=240s');
  expect(removed).toMatchObject({ isSuccess: true });
  // Kubernetes removes what belongs to removed objects a little later.
  await eventually(
    () => Promise.resolve(objectsThere()),
    (left) => left.length === 1,
  );
  expect(objectsThere()).toEqual([KEYS]);
  expect(keys()).toBe(before);
});
