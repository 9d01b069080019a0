import { type ExecFileException, execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { buildComponents } from '../../stack/build';
import { HELM } from '../../stack/components';
import { CHART, type Chart, ROOT, theChart } from '../support/chart';
import { type OwnNamespace, ownNamespace } from '../support/own-namespace';
import { theStack } from '../support/stack';

const { kubernetes, temporal } = theStack();
/** Interval of looks for pods of hooks. */
const POLL_MS = 500;
const namespace = `install-${randomUUID().slice(0, 8)}`;

let chart: Chart;
let helmProgram: string;
let own: OwnNamespace;

beforeAll(async () => {
  chart = await theChart();
  ({ helm: helmProgram = '' } = await buildComponents({ components: [HELM] }));
  own = await ownNamespace(temporal.address);
});

afterAll(async () => {
  chart.kubectl(['delete', 'namespace', namespace, '--wait=false']);
  await own.connection.close();
});

interface Outcome {
  readonly isSuccess: boolean;
  readonly output: string;
}

/** Runs Helm on the stack's cluster. Its home directory can be neither read nor written. */
function helm(...words: readonly string[]): Promise<Outcome> {
  const env = { PATH: process.env['PATH'], HELM_NO_PLUGINS: '1', HOME: '/proc/nonexistent' };
  const args = [...words, '--namespace', namespace, '--kubeconfig', kubernetes.adminKubeconfig];
  return new Promise((resolve) => {
    execFile(helmProgram, args, { env }, (error: ExecFileException | null, stdout, stderr) =>
      resolve({ isSuccess: error === null, output: `${stdout}${stderr}` }),
    );
  });
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
async function helmWithHooks(...words: readonly string[]): Promise<Outcome & { readonly printed: string[] }> {
  const printed: string[] = [];
  const ended = new AbortController();
  const outcome = helm(...words).finally(() => ended.abort());
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

/** Names of all objects of some kinds in the release's namespace. */
function objectsThere(): string[] {
  const kinds =
    'deployments,services,secrets,configmaps,serviceaccounts,roles,rolebindings,jobs,poddisruptionbudgets';
  const { output } = chart.kubectl(['get', kinds, `--namespace=${namespace}`, '--output=name']);
  return output
    .split('\n')
    .filter((name) => name !== '' && !/kube-root-ca|serviceaccount\/default$/.test(name));
}

const keys = (): string =>
  chart.kubectl([
    'get',
    'secret',
    'nublado-controller-sealing-keys',
    `--namespace=${namespace}`,
    '--output=json',
  ]).output;

test('Helm installs the chart, upgrades it without new keys, and removes all but the keys', async () => {
  const values = [
    `--set=temporal.address=${temporal.address}`,
    `--set=temporal.namespace=${own.name}`,
    `--values=${join(ROOT, 'examples/oidc-hub/values.yaml')}`,
    '--wait',
    '--timeout=240s',
  ];
  const installed = await helmWithHooks('install', 'nublado', CHART, '--create-namespace', ...values);
  expect(installed).toMatchObject({ isSuccess: true });
  expect(installed.output).toContain('rollout status deployment/nublado-controller-api');
  const secret = `Secret ${namespace}/nublado-controller-sealing-keys`;
  expect(installed.printed).toEqual([
    `${secret} created with one key`,
    'all search attributes are registered',
  ]);
  const before = keys();
  expect(objectsThere()).toContain('deployment.apps/nublado-controller-worker');
  expect(objectsThere().filter((name) => /hook|job/.test(name))).toEqual([]);

  const upgraded = await helmWithHooks('upgrade', 'nublado', CHART, '--set=worker.replicas=3', ...values);
  expect(upgraded).toMatchObject({ isSuccess: true });
  expect(upgraded.printed[0]).toBe(`${secret} exists and is left as it is`);
  expect(keys()).toBe(before);

  expect(await helm('uninstall', 'nublado', '--wait', '--timeout=240s')).toMatchObject({ isSuccess: true });
  expect(objectsThere()).toEqual(['secret/nublado-controller-sealing-keys']);
  expect(keys()).toBe(before);
  const { output } = chart.kubectl(['get', 'clusterroles,clusterrolebindings', '--output=name']);
  expect(output.split('\n').filter((name) => name.includes(namespace))).toEqual([]);
});
