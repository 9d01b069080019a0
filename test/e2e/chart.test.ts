import { hubApi } from '../../stack/hub-api';
import { HubClient } from '../../stack/hub-client';
import { openSession } from '../../stack/web-session';
import { burst, durationAt, type Spawn } from '../support/burst';
import { ChartOnStack } from '../support/chart-on-stack';
import { eventually } from '../support/eventually';
import { aUser, HUB_TOKEN, type TestUser } from '../support/world';

/** Spawns at least while Helm upgrades the release, and as many without. */
const SPAWNS = 50;
const AT_ONCE = 5;
/** For what hangs; on a quiet machine it all takes about a minute. */
const LIMIT_MS = 900_000;
const FAST = { image_tag: ['behaviour-fast'], size: ['small'] };
const PROCESS = { image_tag: ['behaviour-process'], size: ['small'] };

let chart: ChartOnStack;
let controller: HubClient;
let before: readonly string[];
let keeper: TestUser;

beforeAll(async () => {
  chart = await ChartOnStack.start('test/data/e2e/chart.yaml');
  const { identity } = chart.stack;
  controller = new HubClient({ ingressUrl: identity.proxyUrl, hubToken: HUB_TOKEN });
  keeper = await aUser(identity.controlUrl);
  const { token } = await aUser(identity.controlUrl, {
    username: 'canary',
    scopes: ['exec:notebook', 'admin:jupyterlab'],
  });
  await chart.putSecret('canary', { token });
  before = await chart.objects();
});

afterAll(() => chart.stop());

const say = (line: string): void => void process.stderr.write(`chart: ${line}\n`);

const newUser = (): Promise<TestUser> => aUser(chart.stack.identity.controlUrl);

const since = (startedAt: number): string => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;

/** The title of the user's JupyterLab behind the hub's proxy, once it answers. */
async function openLab({ token, username }: TestUser): Promise<string | undefined> {
  const browser = openSession(chart.stack.identity.proxyUrl, token);
  const { text } = await eventually(
    () => browser.open(`/nb/user/${username}/lab`),
    ({ status }) => status === 200,
  );
  return /<title>(.*?)<\/title>/.exec(text)?.[1];
}

/** Spawns that were refused, or whose lab does not run. */
const lost = (spawns: readonly Spawn[]): Spawn[] =>
  spawns.filter(({ accepted, status }) => accepted !== 201 || status !== 'running');

/** Tells how long spawns took, without and with an upgrade. */
function compare(without: readonly Spawn[], during: readonly Spawn[]): void {
  const cuts = during.reduce((sum, spawn) => sum + spawn.cuts, 0);
  say(`${during.length} spawns while upgrading, ${cuts} event streams cut`);
  for (const quantile of [0.5, 0.9, 1]) {
    const [former, latter] = [durationAt(quantile, without), durationAt(quantile, during)];
    const ratio = (latter / former).toFixed(2);
    say(
      `quantile ${quantile}: ${Math.round(former)} ms, while upgrading ${Math.round(latter)} ms, ratio ${ratio}`,
    );
  }
}

test('Helm installs the chart and waits until its pods are ready, and jobs have run', async () => {
  const startedAt = performance.now();
  const installed = await chart.deploy('install', 'first');
  say(`installed in ${since(startedAt)}`);
  expect(installed).toMatchObject({ isSuccess: true });
  expect(await chart.readyPods()).toHaveLength(6);
  await chart.runCronJob('nublado-controller-purge');
});

test('a lab that is started through the hub runs', async () => {
  const { identity, jupyterhub } = chart.stack;
  if (!jupyterhub) throw new Error('the stack has no hub');
  const browser = openSession(identity.proxyUrl, keeper.token);
  expect((await browser.open('/nb/hub/home')).status).toBe(200);
  const hub = hubApi(jupyterhub);
  await hub.start(keeper.username, PROCESS);
  await hub.follow(keeper.username, () => undefined);
  expect(await openLab(keeper)).toContain('JupyterLab');
});

test('helm test finds nothing wrong, and its canary starts a lab', async () => {
  const { isSuccess, output } = await chart.helm('test', '--timeout=280s');
  expect({ isSuccess, output }).toMatchObject({ isSuccess: true });
  expect(output.match(/Phase: +Succeeded/g)).toHaveLength(4);
});

test(
  'an upgrade that replaces all pods refuses and loses no spawn',
  async () => {
    const plan = { form: FAST, newUser, count: SPAWNS, atOnce: AT_ONCE };
    const without = await burst(controller, plan);
    const pods = await chart.readyPods();
    const startedAt = performance.now();
    const upgrade = chart.deploy('upgrade', 'second').finally(() => say(`upgraded in ${since(startedAt)}`));
    const during = await burst(controller, { ...plan, until: upgrade });
    expect(await upgrade).toMatchObject({ isSuccess: true });
    expect(lost(during)).toEqual([]);
    const now = await chart.readyPods();
    expect(now).toHaveLength(pods.length);
    expect(now.filter((pod) => pods.includes(pod))).toEqual([]);
    compare(without, during);
  },
  LIMIT_MS,
);

test('a rollback brings the former pods back, and the lab has run all the time', async () => {
  expect(await chart.helm('rollback', '1', '--wait', '--timeout=280s')).toMatchObject({ isSuccess: true });
  expect((await controller.read(keeper.username)).status).toBe('running');
  expect(await openLab(keeper)).toContain('JupyterLab');
});

test('Helm removes everything but the sealing keys', async () => {
  expect(await chart.helm('uninstall', '--wait', '--timeout=280s')).toMatchObject({ isSuccess: true });
  const isOurs = (object: string): boolean => !object.startsWith('namespaces/lab-');
  const left = await eventually(
    async () => (await chart.objects()).filter((object) => isOurs(object) && !before.includes(object)),
    (objects) => objects.length <= 1,
  );
  expect(left).toEqual(['secrets/nublado-controller-sealing-keys']);
});
