import { randomBytes } from 'node:crypto';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { routeIngressTo, startController } from '../stack/controller';
import { HubClient } from '../stack/hub-client';
import { CHECKOUT } from '../stack/paths';
import { type RunningStack, startStack } from '../stack/start';
import { type BurstResult, burst, typical } from './burst';
import { createFloor, type Floor, type Order } from './floor';

interface Options {
  readonly sizes: string;
  readonly rounds: string;
  readonly json: boolean;
}

const CONFIG_FILE = join(CHECKOUT, 'test/data/e2e/config.yaml');
const FORM = { image_tag: ['behaviour-fast'], size: ['small'] };

const say = (line: string) => console.error(line);

/** Measures spawns through the controller beside the same objects by bare API calls, in one run. */
async function bench({ sizes, rounds, json }: Options): Promise<void> {
  const stack = await startStack({ name: `bench-${process.pid}`, progress: say });
  const controllers = [];
  try {
    for (const command of ['worker', 'watcher', 'api'] as const) {
      controllers.push(await startController(command, { stack, configFile: CONFIG_FILE }));
    }
    await routeIngressTo(stack, controllers.at(-1)?.apiUrl ?? '');
    const floor = createFloor(stack, CONFIG_FILE);
    const results = [];
    for (const labs of sizes.split(',').map(Number)) {
      results.push(await compare(stack, floor, labs, Number(rounds)));
    }
    await floor.close();
    if (json) console.log(JSON.stringify({ machine: machine(), results }));
    else print(results);
  } finally {
    for (const controller of controllers) await controller.kill('SIGTERM');
    await stack.stop();
  }
}

interface Comparison {
  readonly serial: BurstResult;
  readonly concurrent: BurstResult;
  readonly controller: BurstResult;
}

/** Takes the contenders in turn, so that a drift of the machine meets all of them. */
async function compare(stack: RunningStack, floor: Floor, labs: number, rounds: number): Promise<Comparison> {
  const taken = {
    serial: [] as BurstResult[],
    concurrent: [] as BurstResult[],
    controller: [] as BurstResult[],
  };
  for (let round = 1; round <= rounds; round += 1) {
    for (const order of ['serial', 'concurrent'] as const) {
      taken[order].push(await floorBurst(floor, labs, order));
    }
    taken.controller.push(await controllerBurst(stack, labs));
    say(`${labs} at once, round ${round} of ${rounds}`);
  }
  return {
    serial: typical(taken.serial),
    concurrent: typical(taken.concurrent),
    controller: typical(taken.controller),
  };
}

async function floorBurst(floor: Floor, labs: number, order: Order): Promise<BurstResult> {
  const users = Array.from({ length: labs }, () => `floor-${randomBytes(4).toString('hex')}`);
  const result = await burst(labs, (index) => floor.spawn(users[index] ?? '', order));
  await Promise.all(users.map((username) => floor.remove(username)));
  return result;
}

async function controllerBurst(stack: RunningStack, labs: number): Promise<BurstResult> {
  const hub = new HubClient({ ingressUrl: stack.identity.proxyUrl, hubToken: 'gt-hub.fake' });
  const users = Array.from({ length: labs }, () => `bench-${randomBytes(4).toString('hex')}`);
  await Promise.all(users.map((username) => register(stack, username)));
  const result = await burst(labs, async (index) => {
    const username = users[index] ?? '';
    await hub.start(username, tokenOf(username), { options: FORM });
  });
  await Promise.all(users.map((username) => hub.stop(username)));
  return result;
}

const tokenOf = (username: string) => `gt-${username}.bench`;

async function register({ identity }: RunningStack, username: string): Promise<void> {
  await fetch(`${identity.controlUrl}/users/${tokenOf(username)}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, uid: 5000, gid: 5000, groups: [{ name: username, id: 5000 }] }),
  });
}

function machine() {
  return { processors: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.version };
}

function print(results: readonly Comparison[]): void {
  const rows = results.flatMap(({ serial, concurrent, controller }) =>
    Object.entries({ 'bare, serial': serial, 'bare, concurrent': concurrent, controller }).map(
      ([contender, { labs, p50Ms, p99Ms, rate }]) => ({
        'at once': labs,
        contender,
        'p50 ms': Math.round(p50Ms),
        'p99 ms': Math.round(p99Ms),
        'labs/s': Number(rate.toFixed(1)),
        'rate to bare, serial': Number((rate / serial.rate).toFixed(2)),
      }),
    ),
  );
  console.table(rows);
}

new Command('bench')
  .description('Measure spawns beside the same objects made by bare API calls')
  .option('--sizes <list>', 'labs started at once', '1,20')
  .option('--rounds <count>', 'rounds of each, of which the medians are shown', '5')
  .option('--json', 'print one JSON object', false)
  .action(bench)
  .parseAsync()
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
