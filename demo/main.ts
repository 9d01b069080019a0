import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { type ControllerProcess, routeIngressTo, startController } from '../stack/controller';
import { HubClient, type HubProgress } from '../stack/hub-client';
import { DEMO_USERS } from '../stack/identity/users';
import { BEHAVIOUR_ANNOTATION } from '../stack/kubelet/behaviours';
import { CHECKOUT } from '../stack/paths';
import { type RunningStack, startStack } from '../stack/start';
import { fillRegistry } from './images';
import { serveSpawnPage } from './spawn-page';

const USER = 'rachel';
const OTHER_USER = 'wrench';
const POLL_MS = 250;
const FORM = { image_class: ['recommended'], size: ['small'] };
const BAR_WIDTH = 30;

const prepulls = z.object({
  images: z.object({
    prepulled: z.array(z.object({ name: z.string(), nodes: z.array(z.string()) })),
    pending: z.array(z.unknown()),
  }),
});

const say = (line = '') => console.log(line);

/** Shows the product: the real stack, the controller on it, and one lab from its spawn to its end. */
async function demo(isOneShot: boolean): Promise<void> {
  say('Starting Temporal, Kubernetes and the rest as plain processes; the first run builds them.');
  const stack = await startStack({
    name: `demo-${process.pid}`,
    nodes: 3,
    registry: true,
    progress: (line) => say(`  ${line}`),
  });
  let controller: ControllerProcess | null = null;
  try {
    const { source, count } = await fillRegistry(stack.registry?.openHost ?? '');
    say(`\nA Docker registry has ${count} tags`);
    controller = await startController('serve', { stack, configFile: demoConfig(stack, source) });
    await routeIngressTo(stack, controller.apiUrl);
    say(`\nThe controller serves ${stack.identity.proxyUrl}/nublado`);
    const hub = new HubClient({ ingressUrl: stack.identity.proxyUrl, hubToken: tokenOf('bot-jupyterhub') });
    await untilPrepulled(controller);
    await spawnLab(hub);
    if (isOneShot) await endLab(hub);
    else await show(stack, controller, hub);
  } finally {
    say('\nStopping the controller and the stack');
    await controller?.kill('SIGTERM');
    await stack.stop();
  }
}

/** The example configuration with images from the registry, and with pods that take some seconds to start, as real ones do. */
function demoConfig({ directory }: RunningStack, source: object): string {
  const config = parseDocument(readFileSync(join(CHECKOUT, 'config/example.yaml'), 'utf8'));
  config.setIn(['lab', 'extraAnnotations'], { [BEHAVIOUR_ANNOTATION]: 'slow' });
  config.setIn(['images'], { source, refreshInterval: '5s', dockerCredentialsPath: null });
  const file = join(directory, 'demo.yaml');
  writeFileSync(file, config.toString());
  return file;
}

/** Waits until every node has the images that users are likely to choose, and says which those are. */
async function untilPrepulled({ apiUrl }: ControllerProcess): Promise<void> {
  say('\nPulling the images that users are likely to choose to every node:\n');
  for (;;) {
    const answer = await fetch(`${apiUrl}/nublado/spawner/v1/prepulls`);
    const { images } = answer.ok ? prepulls.parse(await answer.json()) : { images: null };
    if (images && images.prepulled.length > 0 && images.pending.length === 0) {
      for (const { name, nodes } of images.prepulled) say(`  ${name} is on ${nodes.length} nodes`);
      return;
    }
    await delay(POLL_MS);
  }
}

async function spawnLab(hub: HubClient): Promise<void> {
  say(`\nSpawning a lab for ${USER}, as JupyterHub would:\n`);
  const startedAt = performance.now();
  const url = await hub.start(USER, tokenOf(USER), { options: FORM, onProgress: printProgress });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(2);
  const { status } = await hub.read(USER);
  say(`\nThe lab is ${status} after ${seconds} s; the hub reaches it at ${url}`);
  if (status !== 'running') throw new Error(`the lab is ${status}`);
}

async function endLab(hub: HubClient): Promise<void> {
  say('\nShutting it down');
  await hub.stop(USER);
  const exit = await hub.poll(USER);
  if (exit !== 0) throw new Error(`the lab is still there after its shutdown: the hub polls ${exit}`);
  say('The lab is gone: the hub polls 0, stopped.');
}

/** Tells where to look, and waits for an interrupt. */
async function show(stack: RunningStack, controller: ControllerProcess, hub: HubClient) {
  const { temporal, identity, binaries } = stack;
  const spawnPage = await serveSpawnPage({
    ingressUrl: identity.proxyUrl,
    username: OTHER_USER,
    token: tokenOf(OTHER_USER),
    hub,
  });
  const workflow = `lab-${USER}`;
  say(`
Choose another lab  ${spawnPage.url}  (as ${OTHER_USER})
API documentation   ${controller.apiUrl}/nublado/docs
This lab in the     ${temporal.uiUrl}/namespaces/${temporal.namespace}/workflows/${workflow}
Temporal Web UI
All labs            ${temporal.uiUrl}/namespaces/${temporal.namespace}/workflows?query=WorkflowType%3D%22lab%22

As its user         curl -H 'Authorization: Bearer ${tokenOf(USER)}' ${identity.proxyUrl}/nublado/spawner/v1/user-status
End it by force     ${binaries.temporal} workflow signal --address ${temporal.address} \\
                      --workflow-id ${workflow} --name forceShutdown --input '{"reason": "demo"}'

Press Ctrl-C to stop.`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
    void controller.exited.then(() => resolve());
  });
  spawnPage.close();
}

function printProgress({ progress, message, event }: HubProgress): void {
  const filled = Math.round(((progress ?? 0) / 100) * BAR_WIDTH);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
  say(`  ${bar} ${String(progress ?? '').padStart(3)}%  ${event === 'info' ? '' : `${event}: `}${message}`);
}

function tokenOf(username: string): string {
  const entry = Object.entries(DEMO_USERS).find(([, user]) => user.username === username);
  if (!entry) throw new Error(`there is no demo user ${username}`);
  return entry[0];
}

new Command('demo')
  .description('Start everything, spawn a lab, and show where to look')
  .option('--oneshot', 'spawn, check, shut down and exit', false)
  .action(({ oneshot }: { oneshot: boolean }) => demo(oneshot))
  .parseAsync()
  .catch((error: unknown) => {
    console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  });
