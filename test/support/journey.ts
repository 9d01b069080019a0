import { readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { z } from 'zod';
import {
  type ControllerProcess,
  freeControllerPorts,
  routeIngressTo,
  startUnreadyController,
} from '../../stack/controller';
import { ROOT } from './chart';
import { eventually } from './eventually';
import { type LabPoll, type PollAnswer, pollLab } from './lab-polls';
import { startTranscript, type Transcript } from './transcript';
import { HUB_TOKEN, type World } from './world';

const PAGE = readFileSync(join(ROOT, 'docs/migration.md'), 'utf8');

/** Blocks of a kind in a section of the migration page. */
export function blocksOf(heading: string, language: string): string[] {
  const section = PAGE.split(/^(?=##+ )/m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const pattern = new RegExp(`^( *)\`\`\`${language}\n(.*?)^ *\`\`\`$`, 'gms');
  return [...section.matchAll(pattern)].map(([, indent = '', text = '']) =>
    text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
}

/** The steps of the way back that are commands: for Temporal, and for Services. */
const [FORGET = '', SERVICES = ''] = blocksOf('### Back again', 'sh');

const PODS =
  'kubectl get pods --all-namespaces --selector nublado.lsst.io/category=lab ' +
  '--output custom-columns=NAMESPACE:.metadata.namespace,POD:.metadata.name,PHASE:.status.phase';

/** Labs that go from one controller to another, on a stack of their own, with a transcript of what is done and seen. */
export interface Journey {
  readonly transcript: Transcript;
  /**
   * Starts our processes while clients ask for labs, who begin before anything listens. There is no worker before they
   * have been answered, since Temporal knows nothing of the labs. Returns once all labs are known.
   */
  startOurs(usernames: readonly string[]): Promise<void>;
  /** Ends the polling, writes down what it has seen, and returns that by user. */
  endPolls(): Promise<Readonly<Record<string, readonly PollAnswer[]>>>;
  stopOurs(): Promise<void>;
  /** Writes down the pods of all labs. */
  showPods(): void;
  /** Runs the commands of the documented way back. */
  handBack(): void;
  /** Sends a request through the ingress and writes it down with its answer. */
  ask(method: string, path: string, token?: string, body?: object): Promise<string>;
  /** Waits until the list of running labs is this one. */
  untilRunning(usernames: readonly string[]): Promise<void>;
  uidOfPod(username: string): Promise<string>;
  /** Ends what is left of the above; the stack is the world's. */
  end(): Promise<void>;
}

/** The token of a user whom every stack knows. */
export const tokenOf = (username: string): string => `gt-${username}.fake`;

/** The pod of a user's lab. */
export const podPath = (username: string): string => `/api/v1/namespaces/lab-${username}/pods/${username}-nb`;

const podSchema = z.object({ metadata: z.object({ uid: z.string() }) });

/** Begins a journey in a world whose stack has just been started; the environment is that of our processes. */
export function beginJourney(
  { stack, cluster }: World,
  configFile: string,
  environment: Readonly<Record<string, string>> = {},
): Journey {
  let polls: Readonly<Record<string, LabPoll>> = {};
  let running: readonly ControllerProcess[] = [];
  const options = { stack, configFile, environment };
  const transcript = startTranscript({
    PATH: [dirname(stack.binaries.kubectl), dirname(stack.binaries.temporal), process.env['PATH']].join(
      delimiter,
    ),
    KUBECONFIG: stack.kubernetes.adminKubeconfig,
    TEMPORAL_ADDRESS: stack.temporal.address,
    TEMPORAL_NAMESPACE: stack.temporal.namespace,
    // For the cache of kubectl.
    HOME: stack.directory,
  });
  const request = async (method: string, path: string, token: string, body?: object): Promise<string> => {
    const answer = await fetch(`${stack.identity.proxyUrl}/nublado/spawner/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return `${answer.status} ${await answer.text()}`.trim();
  };
  const endRunning = async (signal: 'SIGTERM' | 'SIGKILL') => {
    await Promise.all(running.map((controller) => controller.kill(signal)));
    running = [];
  };
  return {
    transcript,
    async startOurs(usernames) {
      const ports = await freeControllerPorts();
      await routeIngressTo(stack, `http://127.0.0.1:${ports.api}`);
      polls = Object.fromEntries(
        usernames.map((username) => [username, pollLab(stack.identity.proxyUrl, username)]),
      );
      const all = (answer: PollAnswer) =>
        Promise.all(usernames.map(async (username) => polls[username]?.until(answer)));
      await all('no answer');
      transcript.say('# The controller is started. Meanwhile every user is asked for, by GET /labs/<user>:');
      const api = await startUnreadyController('api', { ...options, name: 'ours-api', ports });
      running = [api];
      await all(503);
      const others = (['worker', 'watcher'] as const).map((command) =>
        startUnreadyController(command, { ...options, name: `ours-${command}` }),
      );
      running = [api, ...(await Promise.all(others))];
      await all(200);
    },
    async endPolls() {
      for (const [username, poll] of Object.entries(polls)) {
        await poll.stop();
        transcript.say(`${username}: ${poll.answers.join(', ')}`);
      }
      return Object.fromEntries(Object.entries(polls).map(([username, { answers }]) => [username, answers]));
    },
    async stopOurs() {
      await endRunning('SIGTERM');
      transcript.say('# The controller is stopped.');
    },
    showPods: () => transcript.run(PODS),
    handBack() {
      transcript.run(FORGET.trim());
      transcript.run(SERVICES.trimEnd());
    },
    async ask(method, path, token = HUB_TOKEN, body) {
      const answer = await request(method, path, token, body);
      transcript.say(`${method} ${path}: ${answer}`);
      return answer;
    },
    async untilRunning(usernames) {
      await eventually(
        () => request('GET', '/labs?status=running', HUB_TOKEN),
        (answer) => answer === `200 ${JSON.stringify(usernames)}`,
      );
    },
    async uidOfPod(username) {
      const { body } = await cluster.send('GET', podPath(username));
      return podSchema.parse(body).metadata.uid;
    },
    async end() {
      await Promise.all(Object.values(polls).map((poll) => poll.stop()));
      await endRunning('SIGKILL');
    },
  };
}
