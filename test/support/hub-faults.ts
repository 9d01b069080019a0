import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type JupyterHub, reachJupyterHub } from '../../bench/hub/jupyterhub';
import { standInForLabs } from '../../bench/hub/stand-in-labs';
import { type ControllerProcess, routeIngressTo } from '../../stack/controller';
import type { HubDescription } from '../../stack/description';
import { stackFiles } from '../../stack/files';
import { type OwnStack, startStack } from '../../stack/start';
import { eventually } from './eventually';
import { type Gate, openGate } from './gate';
import { HUB_VERSION } from './hub-version';
import { type TestUser, type World, worldOn } from './world';

/** A world with a real JupyterHub, which reaches the controller through a gate. */
export interface HubWorld {
  readonly world: World;
  readonly stack: OwnStack;
  readonly description: HubDescription;
  readonly jupyterHub: JupyterHub;
  readonly gate: Gate;
  /** Starts an API process, to which the gate forwards from now on. */
  startApi(): Promise<ControllerProcess>;
  /** Creates a user who has logged in to the hub. */
  aUser(): Promise<TestUser>;
  /** Creates a user with a lab that the hub has spawned. */
  aLab(): Promise<TestUser>;
  /** Waits until a restarted hub answers. */
  untilHubIsUp(): Promise<void>;
  /** Waits until the lab is ready in the hub and reachable for the user. */
  untilServed(user: TestUser): Promise<void>;
  /** Waits until neither the hub nor the controller has a lab of the user. */
  untilGone(user: TestUser): Promise<void>;
  /** The log of the hub. */
  hubLog(): string;
  stop(): Promise<void>;
}

const CONFIG_FILE = join(__dirname, '../data/faults/config.yaml');

/** Starts everything but the API. */
export async function aHubWorld(): Promise<HubWorld> {
  const name = `hub-faults-${randomBytes(4).toString('hex')}`;
  const stack = await startStack({ name, jupyterhub: 'full', hubVersion: HUB_VERSION, labs: false });
  const description = stack.jupyterhub;
  if (!description) throw new Error('the stack has no JupyterHub');
  const world = await worldOn(stack, { configFile: CONFIG_FILE }, ['worker', 'watcher']);
  const labs = standInForLabs(stack.kubernetes.adminKubeconfig);
  const gate = await openGate();
  const jupyterHub = reachJupyterHub(description);
  const hubWorld: HubWorld = {
    world,
    stack,
    description,
    jupyterHub,
    gate,
    async startApi() {
      const api = await world.start('api');
      gate.leadTo(api.apiUrl);
      await routeIngressTo(stack, gate.url);
      return api;
    },
    async aUser() {
      const user = await world.aUser();
      await jupyterHub.logIn(user);
      return user;
    },
    async aLab() {
      const user = await hubWorld.aUser();
      await jupyterHub.start(user.username, 'behaviour-fast');
      await hubWorld.untilServed(user);
      return user;
    },
    async untilHubIsUp() {
      await eventually(
        () => jupyterHub.isUp(),
        (isUp) => isUp,
      );
    },
    async untilServed(user) {
      await eventually(
        async () => {
          const server = await jupyterHub.server(user.username);
          return { ...server, answer: server?.isReady ? await jupyterHub.visit(user) : null };
        },
        ({ internalUrl, answer }) =>
          typeof internalUrl === 'string' && new URL(internalUrl).hostname === answer,
      );
    },
    async untilGone({ username }) {
      await eventually(
        async () => [await jupyterHub.server(username), await world.hub.poll(username)],
        ([server, exitStatus]) => server === null && exitStatus === 0,
      );
    },
    hubLog: () => readFileSync(stackFiles(stack.directory).log('jupyterhub'), 'utf8'),
    async stop() {
      gate.close();
      await labs.close();
      await world.stop();
    },
  };
  return hubWorld;
}
