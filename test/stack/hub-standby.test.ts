import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { buildComponents } from '../../stack/build';
import { hubComponents } from '../../stack/jupyterhub/components';
import { type KubernetesApi, kubernetesApi } from '../../stack/kubernetes-api';
import { isAlive } from '../../stack/state';
import { eventually } from '../support/eventually';
import { HUB_VERSION } from '../support/hub-version';
import { theStack } from '../support/stack';
import { type Standby, startStandby } from '../support/standby';
import { wayToApiServer } from '../support/way-to-api-server';

const { kubernetes } = theStack();
const LEASE = `/apis/coordination.k8s.io/v1/namespaces/${kubernetes.controllerNamespace}/leases/nublado-hub`;
const COMMAND = join(__dirname, '../data/hub-standby/only_one.py');
const SHORT = { leaseDurationMs: 3_000, renewDeadlineMs: 1_600, retryPeriodMs: 200 };
/** Longer than anything here takes: what happens sooner did not wait for it. */
const LONG = { leaseDurationMs: 80_000, renewDeadlineMs: 60_000, retryPeriodMs: 200 };

const leaseSchema = z.looseObject({
  spec: z.looseObject({ holderIdentity: z.string(), leaseTransitions: z.number() }),
});

let python: string;
let admin: KubernetesApi;
let directory: string;
let runs: string;
let standbys: Standby[];

beforeAll(async () => {
  ({ python = '' } = await buildComponents({ components: hubComponents('api', HUB_VERSION) }));
  admin = kubernetesApi(kubernetes.adminKubeconfig);
});

afterAll(() => admin.close());

beforeEach(async () => {
  await admin.send('DELETE', LEASE);
  directory = mkdtempSync(join(tmpdir(), 'hub-standby-'));
  runs = join(directory, 'runs');
  writeFileSync(runs, '');
  standbys = [];
});

afterEach(async () => {
  for (const standby of standbys) standby.kill('SIGKILL');
  await Promise.all(standbys.map(({ exited }) => exited));
  rmSync(directory, { recursive: true });
});

interface Variant {
  readonly timing?: typeof SHORT;
  readonly kubeconfig?: string;
  readonly exitCode?: string;
  readonly command?: readonly string[];
}

function start(
  identity: string,
  { timing = SHORT, kubeconfig, exitCode = '0', command }: Variant = {},
): Standby {
  const standby = startStandby({
    python,
    kubeconfig: kubeconfig ?? kubernetes.hubKubeconfig,
    namespace: kubernetes.controllerNamespace,
    identity,
    timing,
    command: command ?? [python, COMMAND, runs, exitCode],
    logFile: join(directory, `${identity}.log`),
  });
  standbys.push(standby);
  return standby;
}

interface Said {
  readonly what: string;
  readonly pid: number;
  readonly at: number;
}

function said(what?: string): Said[] {
  const lines = readFileSync(runs, 'utf8').trim().split('\n').filter(Boolean);
  const all = lines.map((line) => {
    const [word = '', pid, at] = line.split(' ');
    return { what: word, pid: Number(pid), at: Number(at) };
  });
  return what === undefined ? all : all.filter((one) => one.what === what);
}

/** Waits until the command has been started for the nth time. */
async function started(times: number): Promise<Said> {
  const seen = await eventually(
    async () => said('runs'),
    ({ length }) => length === times,
  );
  return seen[times - 1] as Said;
}

/** Starts one, and another once the first runs its command. */
async function aPair(timing = SHORT): Promise<{ active: Standby; standby: Standby; run: Said }> {
  const active = start('a', { timing });
  const run = await started(1);
  const standby = start('b', { timing });
  await eventually(
    async () => standby.events().length,
    (length) => length >= 2,
  );
  return { active, standby, run };
}

const lease = async () => leaseSchema.parse((await admin.send('GET', LEASE)).body);

const report = (line: string) => process.stderr.write(`${line}\n`);

const aWay = () => wayToApiServer(theStack(), kubernetes.hubKubeconfig, join(directory, 'way.kubeconfig'));

test('of several that are started at once, one runs its command', async () => {
  const all = ['a', 'b', 'c'].map((identity) => start(identity));
  await started(1);
  await eventually(
    async () => all.filter(({ event }) => event('lease acquired') === undefined),
    (waiting) => waiting.every(({ events }) => events().length >= 2),
  );

  expect(all.filter(({ event }) => event('command started')).length).toBe(1);
  expect((await lease()).spec.holderIdentity).toMatch(/^[abc]_[0-9a-f-]{36}$/);
  expect(said('overlap')).toEqual([]);
});

test('the lease of one that was killed is taken when it has expired; its command ends with it', async () => {
  const { active, run } = await aPair();
  const killedAt = Date.now();
  active.kill('SIGKILL');
  await eventually(
    async () => isAlive(run.pid),
    (lives) => !lives,
  );
  const goneAfter = Date.now() - killedAt;

  const { at } = await started(2);

  report(`SIGKILL: command gone after ${goneAfter} ms, the next runs after ${at - killedAt} ms`);
  expect((await lease()).spec).toMatchObject({
    holderIdentity: expect.stringMatching(/^b_/),
    leaseTransitions: 1,
  });
  expect(said().map(({ what }) => what)).toEqual(['runs', 'runs']);
});

test('one that gets a signal to end lets its command end, and the next runs at once', async () => {
  const { active } = await aPair(LONG);
  const toldAt = Date.now();
  active.kill('SIGTERM');

  const { at } = await started(2);

  report(`SIGTERM: the next runs after ${at - toldAt} ms`);
  expect(at - toldAt).toBeLessThan(LONG.leaseDurationMs);
  expect(await active.exited).toEqual({ code: 0, signal: null });
  expect(said().map(({ what }) => what)).toEqual(['runs', 'told', 'runs']);
});

test('a command that ends by itself gives its exit code, and the next runs at once', async () => {
  const first = start('a', { timing: LONG, exitCode: '7' });
  const { pid } = await started(1);
  start('b', { timing: LONG });
  const endedAt = Date.now();
  process.kill(pid, 'SIGTERM');

  expect((await started(2)).at - endedAt).toBeLessThan(LONG.leaseDurationMs);
  expect(await first.exited).toEqual({ code: 7, signal: null });
});

test('a standby that gets a signal to end does so without having run anything', async () => {
  const { standby, run } = await aPair();
  standby.kill('SIGTERM');

  expect(await standby.exited).toEqual({ code: 0, signal: null });
  expect(standby.event('command started')).toBeUndefined();
  expect(said()).toEqual([run]);
});

test.each([
  ['told to end', 'is away', 'close', '0', ['terminate']],
  ['told to end', 'hangs', 'stall', '0', ['terminate']],
  ['killed if it withstands', 'is away', 'close', 'never', ['terminate', 'kill']],
] as const)(
  'a command whose lease cannot be renewed is %s before the next runs: the API server %s',
  async (_how, what, fault, exitCode, steps) => {
    const way = await aWay();
    const first = start('a', { kubeconfig: way.kubeconfig, exitCode });
    const { pid } = await started(1);
    start('b');
    const brokenAt = Date.now();
    await way[fault]();

    expect(await first.exited).toEqual({ code: 75, signal: null });
    const endedAfter = Date.now() - brokenAt;
    expect(isAlive(pid)).toBe(false);
    expect(
      first.events().flatMap(({ message, command }) => (message === 'lease lost' ? [command] : [])),
    ).toEqual(steps);
    const { at } = await started(2);
    report(`API server ${what}: ended after ${endedAfter} ms, the next runs after ${at - brokenAt} ms`);
    expect(said().map((one) => one.what)).toEqual(['runs', 'told', 'runs']);
  },
);

test('a command outlives an API server that is away for less than the deadline', async () => {
  const way = await aWay();
  const first = start('a', { kubeconfig: way.kubeconfig });
  const { pid } = await started(1);
  await way.close();
  await eventually(
    async () => first.event('lease not renewed'),
    (event) => event !== undefined,
  );
  await way.open();
  await eventually(
    async () => first.event('lease renewed again'),
    (event) => event !== undefined,
  );

  expect(isAlive(pid)).toBe(true);
  expect(said().map(({ what }) => what)).toEqual(['runs']);
});

test('a command is killed at once when another is seen to hold the lease', async () => {
  const only = start('a', { timing: LONG, exitCode: 'never' });
  const { pid } = await started(1);
  const takenAt = Date.now();
  const change = { spec: { holderIdentity: 'somebody' } };
  await admin.send('PATCH', LEASE, change, 'application/merge-patch+json');

  expect(await only.exited).toEqual({ code: 75, signal: null });
  expect(Date.now() - takenAt).toBeLessThan(LONG.renewDeadlineMs);
  expect(isAlive(pid)).toBe(false);
  expect(said().map(({ what }) => what)).toEqual(['runs']);
  expect((await lease()).spec.holderIdentity).toBe('somebody');
});

test('a standby waits for an API server that is away', async () => {
  const way = await aWay();
  await way.close();
  const only = start('a', { kubeconfig: way.kubeconfig });
  await eventually(
    async () => only.events().length,
    (length) => length >= 2,
  );
  await way.open();

  await started(1);
  expect(only.event('lease acquired')).toBeDefined();
});

test('a command that does not exist frees the lease', async () => {
  const only = start('a', { command: ['/no/such/command'] });

  expect(await only.exited).toEqual({ code: 127, signal: null });
  expect((await lease()).spec.holderIdentity).toBe('');
});

test('logs have no credentials', async () => {
  const { active } = await aPair();
  active.kill('SIGTERM');
  await active.exited;

  const token = /token: (\S+)/.exec(readFileSync(kubernetes.hubKubeconfig, 'utf8'))?.[1] ?? '';
  expect(token).toHaveLength(32);
  for (const name of ['a', 'b']) {
    expect(readFileSync(join(directory, `${name}.log`), 'utf8')).not.toContain(token);
  }
});

test('a hub may handle its lease and no other, and nothing else', async () => {
  await admin.send('POST', LEASE.replace(/\/[^/]*$/, ''), { metadata: { name: 'another' } });
  const hub = kubernetesApi(kubernetes.hubKubeconfig);
  const statuses = await Promise.all([
    hub.send('GET', LEASE.replace('nublado-hub', 'another')),
    hub.send('GET', LEASE.replace(/\/[^/]*$/, '')),
    hub.send('DELETE', LEASE),
    hub.send('GET', `/api/v1/namespaces/${kubernetes.controllerNamespace}/pods`),
    hub.send('GET', LEASE.replace(kubernetes.controllerNamespace, 'default')),
  ]);
  hub.close();

  expect(statuses.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
});
