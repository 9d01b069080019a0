import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { HubProgress } from '../../stack/hub-client';
import { type OwnStack, type StackOptions, startStack } from '../../stack/start';
import { eventually } from './eventually';
import { type FaultyApiServer, startFaultyApiServer } from './faulty-api-server';
import { formFor, type TestUser, type World, worldOn } from './world';

/** A world whose processes reach the API server through a proxy that can be made to fail. */
export interface FaultyWorld extends World {
  readonly stack: OwnStack;
  readonly apiServer: FaultyApiServer;
}

export interface FaultyWorldOptions extends Pick<StackOptions, 'nodes' | 'persistent' | 'temporal'> {
  /** Replaces keys of section `lab` of the configuration file. */
  readonly lab?: Readonly<Record<string, unknown>>;
  /** The same of section `timeouts`. */
  readonly timeouts?: Readonly<Record<string, unknown>>;
}

type Sections = Readonly<Record<'lab' | 'timeouts', object>>;

const CONFIG_FILE = join(__dirname, '../data/faults/config.yaml');

/** Starts a stack and the proxy; processes are started by the test. */
export async function aFaultyWorld({
  lab,
  timeouts,
  ...options
}: FaultyWorldOptions = {}): Promise<FaultyWorld> {
  const stack = await startStack({ ...options, name: `faults-${randomBytes(4).toString('hex')}` });
  const { controllerKubeconfig } = stack.kubernetes;
  const file = (name: string) => join(stack.directory, name);
  const apiServer = await startFaultyApiServer(controllerKubeconfig, file('faulty.kubeconfig'));
  const config = parse(readFileSync(CONFIG_FILE, 'utf8')) as Sections;
  const changed = { lab: { ...config.lab, ...lab }, timeouts: { ...config.timeouts, ...timeouts } };
  writeFileSync(file('config.yaml'), stringify({ ...config, ...changed }));
  const world = await worldOn(stack, {
    configFile: file('config.yaml'),
    environment: { KUBECONFIG: apiServer.kubeconfig },
  });
  const stop = world.stop.bind(world);
  return Object.assign(world, {
    stack,
    apiServer,
    stop: stopAll(
      () => stop(),
      () => {
        apiServer.close();
        if (options.persistent) rmSync(stack.directory, { recursive: true, force: true });
      },
    ),
  });
}

const stopAll = (stop: () => Promise<void>, after: () => void) => async () => {
  await stop();
  after();
};

/** A progress stream as one client received it, over several connections. */
export class Viewer {
  readonly seen: HubProgress[] = [];

  constructor(
    private readonly world: World,
    private readonly user: TestUser,
  ) {}

  /** Whether the end of the spawn was received. */
  get isOver(): boolean {
    return this.seen.some(({ event }) => event === 'complete' || event === 'failed');
  }

  /** Follows the stream from the last received event until it ends or breaks. */
  async watch(): Promise<void> {
    const { username, token } = this.user;
    const take = (progress: HubProgress) => this.seen.push(progress);
    await this.world.hub.follow(username, token, take, this.seen.at(-1)?.id).catch(() => undefined);
  }

  /** Follows until the end of the spawn, and reconnects as browsers do. */
  async watchToTheEnd(): Promise<void> {
    await eventually(
      () => this.watch(),
      () => this.isOver,
    );
  }

  /** The errors of a stream that was followed to the completion of one spawn. */
  get flaws(): string[] {
    return [
      ...(this.seen.at(-1)?.event === 'complete' ? [] : ['it does not end with the completion']),
      ...(this.operations.length === 1 ? [] : [`it tells of operations ${this.operations.join(', ')}`]),
      ...(this.numbers.every((number, index) => number === index + 1)
        ? []
        : [`events ${this.numbers.join(' ')}`]),
    ];
  }

  /** The sequence number of each event, which shows gaps and repetitions. */
  get numbers(): number[] {
    return this.seen.map(({ id }) => Number(id?.split('.')[1]));
  }

  /** The operations that the events belong to. */
  get operations(): string[] {
    return [...new Set(this.seen.map(({ id }) => id?.split('.')[0] ?? ''))];
  }
}

/** Requests a lab and returns once it is accepted. */
export async function accept(world: World, { username, token }: TestUser, behaviour = 'fast'): Promise<void> {
  const answer = await world.hub.create(username, token, { options: formFor(behaviour) });
  if (answer.status !== 201) throw new Error(`not accepted: ${answer.status} ${await answer.text()}`);
}

/** A new user with a running lab. */
export async function aRunningLab(world: World, behaviour = 'fast'): Promise<TestUser> {
  const user = await world.aUser();
  await world.hub.start(user.username, user.token, { options: formFor(behaviour) });
  return user;
}

/** Path of the one namespace or pod of a user's lab. */
export const namespacePath = ({ username }: TestUser) => `/api/v1/namespaces/lab-${username}`;
export const podPath = (user: TestUser) => `${namespacePath(user)}/pods/${user.username}-nb`;

/** Changes the behaviour of a lab's pod in the simulated kubelet. */
export async function behave({ cluster }: World, user: TestUser, behaviour: string): Promise<void> {
  await patch({ cluster }, podPath(user), {
    metadata: { annotations: { 'stack.nublado.lsst.io/behaviour': behaviour } },
  });
}

/** Merges a patch into an object, as an administrator. */
export async function patch(
  { cluster }: Pick<World, 'cluster'>,
  path: string,
  change: object,
): Promise<void> {
  const { status, body } = await cluster.send('PATCH', path, change, 'application/merge-patch+json');
  if (status >= 300) throw new Error(`patch ${path}: ${JSON.stringify(body)}`);
}

/** Waits until an object is as expected. */
export async function untilObject(
  { cluster }: World,
  path: string,
  isReached: (object: { status: number; body: unknown }) => boolean,
): Promise<void> {
  await eventually(() => cluster.send('GET', path), isReached);
}

/** Waits until a lab has this status in the API. */
export async function untilStatus(world: World, { username }: TestUser, status: string): Promise<void> {
  await eventually(
    async () => (await world.hub.read(username)).status,
    (seen) => seen === status,
  );
}

/** Objects of a user's lab that were created more than once through the proxy. */
export function madeTwice({ apiServer }: FaultyWorld, { username }: TestUser): string[] {
  const made = apiServer.creations
    .filter(
      ({ collection, name }) => `${collection}/`.includes(`/lab-${username}/`) || name === `lab-${username}`,
    )
    .map(({ collection, name }) => `${collection}/${name}`);
  return made.filter((object, index) => made.indexOf(object) !== index);
}
