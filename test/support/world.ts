import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { z } from 'zod';
import {
  type ControllerCommand,
  type ControllerProcess,
  routeIngressTo,
  startController,
} from '../../stack/controller';
import { HubClient } from '../../stack/hub-client';
import type { FakeUser } from '../../stack/identity/users';
import { type KubernetesApi, kubernetesApi } from '../../stack/kubernetes-api';
import { type RunningStack, startStack } from '../../stack/start';
import { connectToTemporal } from './temporal-connection';

/** The hub's own token in every stack. */
export const HUB_TOKEN = 'gt-hub.fake';

/** A user of one test, known to the stack's identity service. */
export interface TestUser {
  readonly username: string;
  readonly token: string;
}

/** A stack for one test file, with the controller's processes on it. */
export interface World {
  readonly stack: RunningStack;
  readonly hub: HubClient;
  readonly cluster: KubernetesApi;
  readonly temporal: Client;
  /** Starts a process; the ingress forwards to the API that was started last. */
  start(
    command: ControllerCommand,
    environment?: Readonly<Record<string, string>>,
  ): Promise<ControllerProcess>;
  /** Creates a user for one test. */
  aUser(facts?: Partial<FakeUser>): Promise<TestUser>;
  stop(): Promise<void>;
}

/** Options of every process of a world. */
export interface WorldSetup {
  readonly configFile: string;
  readonly environment?: Readonly<Record<string, string>>;
}

const CONFIG_FILE = join(__dirname, '../data/e2e/config.yaml');

/** The form of a lab whose pod has one of the behaviours of the stack's simulated kubelet. */
export function formFor(behaviour: string): Record<string, string[]> {
  return { image_tag: [`behaviour-${behaviour}`], size: ['small'] };
}

/** Starts a stack and processes of the controller on it. */
export async function aWorld(...commands: readonly ControllerCommand[]): Promise<World> {
  const stack = await startStack({ name: `e2e-${randomBytes(4).toString('hex')}` });
  return worldOn(stack, { configFile: CONFIG_FILE }, commands);
}

/** Starts processes of the controller on a stack, which ends with the world. */
export async function worldOn(
  stack: RunningStack,
  { configFile, environment }: WorldSetup,
  commands: readonly ControllerCommand[] = [],
): Promise<World> {
  const connection = await connectToTemporal(stack.temporal.address);
  const cluster = kubernetesApi(stack.kubernetes.adminKubeconfig);
  const running: ControllerProcess[] = [];
  const world: World = {
    stack,
    cluster,
    hub: new HubClient({ ingressUrl: stack.identity.proxyUrl, hubToken: HUB_TOKEN }),
    temporal: new Client({ connection, namespace: stack.temporal.namespace }),
    async start(command, more) {
      const name = `${command}-${running.length}`;
      const options = { stack, name, configFile, environment: { ...environment, ...more } };
      const controller = await startController(command, options);
      running.push(controller);
      if (command === 'api' || command === 'serve') await routeIngressTo(stack, controller.apiUrl);
      return controller;
    },
    aUser: (facts) => aUser(stack.identity.controlUrl, facts),
    async stop() {
      await Promise.all(running.map((controller) => controller.kill('SIGKILL')));
      cluster.close();
      await connection.close();
      await stack.stop();
    },
  };
  try {
    await Promise.all(commands.map((command) => world.start(command)));
  } catch (error) {
    await world.stop();
    throw error;
  }
  return world;
}

/** Gives a user of one test a token, known to a stack's identity service. */
export async function aUser(controlUrl: string, facts: Partial<FakeUser> = {}): Promise<TestUser> {
  const username = `user-${randomBytes(4).toString('hex')}`;
  const token = `gt-${username}.${randomBytes(12).toString('hex')}`;
  const id = 5_000 + randomBytes(2).readUInt16BE();
  const user = { username, uid: id, gid: id, groups: [{ name: username, id }], ...facts };
  const answer = await fetch(`${controlUrl}/users/${token}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(user),
  });
  if (!answer.ok) throw new Error(`the identity service refused a user: ${await answer.text()}`);
  return { username, token };
}

const metadataList = z.object({ items: z.array(z.object({ metadata: z.object({ name: z.string() }) })) });

/** Names of the namespaces that carry the labels of a user's lab. */
export async function labNamespaces({ cluster }: World, username: string): Promise<string[]> {
  const selector = encodeURIComponent(`nublado.lsst.io/user=${username}`);
  const { body } = await cluster.send('GET', `/api/v1/namespaces?labelSelector=${selector}`);
  return metadataList.parse(body).items.map(({ metadata }) => metadata.name);
}
