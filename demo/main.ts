import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { z } from 'zod';
import { type ControllerProcess, routeIngressTo, startController } from '../stack/controller';
import type { HubDescription } from '../stack/description';
import { stackFiles } from '../stack/files';
import { hubApi, type SpawnStep } from '../stack/hub-api';
import { DEMO_USERS } from '../stack/identity/users';
import { type RunningStack, startStack } from '../stack/start';
import { openSession, type Session } from '../stack/web-session';
import { stackConfig } from './configuration';
import { compareFiles, demoFiles } from './files';
import { fillRegistry } from './images';

const USER = 'rachel';
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

/** Starts stack, controller and JupyterHub, with JupyterLab in the labs. */
async function demo(isOneShot: boolean): Promise<void> {
  say(
    'Starting Temporal, Kubernetes, JupyterHub and the rest as plain processes; the first run builds them.',
  );
  const stack = await startStack({
    name: `demo-${process.pid}`,
    nodes: 3,
    jupyterhub: 'full',
    registry: true,
    ingress: true,
    progress: (line) => say(`  ${line}`),
  });
  let controller: ControllerProcess | null = null;
  try {
    const hub = fullHub(stack);
    const { source, count } = await fillRegistry(stack.registry?.openHost ?? '');
    say(`\nA Docker registry has ${count} tags`);
    controller = await startController('serve', { stack, configFile: stackConfig(stack, hub, source) });
    await routeIngressTo(stack, controller.apiUrl);
    await untilPrepulled(controller);
    if (isOneShot) await tour(hub, stack);
    else await show(stack, controller, hub);
  } finally {
    say('\nStopping the controller and the stack');
    await controller?.kill('SIGTERM');
    await stack.stop();
  }
}

/** A hub of kind `full`. */
type Hub = HubDescription & { readonly url: string };

function fullHub({ jupyterhub }: RunningStack): Hub {
  if (!jupyterhub?.url) throw new Error('the stack has no full JupyterHub');
  return { ...jupyterhub, url: jupyterhub.url };
}

/** Waits until every node has the images that users are likely to choose, and prints them. */
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

/** The steps of a user in a browser: log in, start a lab, open JupyterLab, see the same files by WebDAV, and stop it. */
async function tour(hub: Hub, stack: RunningStack): Promise<void> {
  const api = hubApi(hub);
  const browser = openSession(hub.url, tokenOf(USER));
  await expectPage(browser, '/nb/hub/home', 'JupyterHub');
  say(`\n${USER} has logged in and starts a lab:\n`);
  const startedAt = performance.now();
  await api.start(USER, FORM);
  await api.follow(USER, printStep);
  await expectPage(browser, `/nb/user/${USER}/lab`, 'JupyterLab');
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  say(`\nJupyterLab has opened behind the hub's proxy, ${seconds} s after the start`);
  await compareFiles(browser, demoFiles(stack.identity.proxyUrl, USER, tokenOf(USER)));
  await api.stop(USER);
  while (await api.server(USER)) await delay(POLL_MS);
  say('The lab has been stopped and is gone');
}

async function expectPage(browser: Session, path: string, title: string): Promise<void> {
  const page = await browser.open(path);
  if (page.status === 200 && page.text.includes(`<title>${title}`)) return;
  throw new Error(`${path} leads to ${page.path} with status ${page.status}`);
}

/** Prints the URLs, and waits for an interrupt. */
async function show(stack: RunningStack, controller: ControllerProcess, hub: Hub) {
  const { identity, kubernetes, temporal } = stack;
  say(`
Open in a browser    ${hub.url}
                     Log in as one of the invented users, choose an image, and get JupyterLab.

API documentation    ${controller.apiUrl}/nublado/docs
Files of a user      ${identity.proxyUrl}/files
                     Creates a file server. Log in with the username, and as the password the user's token, such as
                     ${tokenOf(USER)}.

Labs as workflows    ${temporal.uiUrl}/namespaces/${temporal.namespace}/workflows?query=WorkflowType%3D%22lab%22
Labs as pods         export KUBECONFIG=${kubernetes.adminKubeconfig}
Logs                 ${stackFiles(stack.directory).logs}

Press Ctrl-C to stop.`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
    void controller.exited.then(() => resolve());
  });
}

function printStep({ message, progress }: SpawnStep): void {
  const filled = Math.round((progress / 100) * BAR_WIDTH);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
  say(`  ${bar} ${String(progress).padStart(3)}%  ${message}`);
}

function tokenOf(username: string): string {
  const entry = Object.entries(DEMO_USERS).find(([, user]) => user.username === username);
  if (!entry) throw new Error(`there is no demo user ${username}`);
  return entry[0];
}

new Command('demo')
  .description('Start everything, and show where to open it in a browser')
  .option('--oneshot', 'start a lab through the hub, open JupyterLab, shut down and exit', false)
  .action(({ oneshot }: { oneshot: boolean }) => demo(oneshot))
  .parseAsync()
  .catch((error: unknown) => {
    console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  });
