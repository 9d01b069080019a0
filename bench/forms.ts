import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { parse, stringify } from 'yaml';
import { pushImages } from '../stack/registry/push';
import { type OwnStack, startStack } from '../stack/start';
import { startControllers } from './controllers';
import { type CountingProxy, startCountingProxy } from './counting-proxy';
import type { LabUser } from './lab-client';
import { kubernetesRequests } from './meters';
import { percentile } from './statistics';
import { markdown } from './tables';
import { makeUsers } from './users';

/** Response times. */
interface Waits {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Response times and other costs of the spawn form. */
export interface FormFigures {
  /** Every user sends one request per second. */
  readonly paced: Waits;
  /** Every user sends the next request as soon as the last one is answered. */
  readonly rushed: Waits & { readonly perSecond: number };
  /** Requests to the registry during that time. */
  readonly registryRequests: number;
  readonly kubernetesRequests: number;
  readonly bytes: number;
}

const USERS = 100;
const ROUNDS = 20;
const PACE_MS = 1_000;
const TAGS = 500;
const REPOSITORY = 'bench/lab';
const READY_TIMEOUT_MS = 120_000;

/** Measures the spawn form of a repository with 500 tags and 100 concurrent users, on a stack of its own. */
export async function measureForms(say: (line: string) => void): Promise<FormFigures> {
  const directory = mkdtempSync(join(tmpdir(), 'forms-'));
  const closing: (() => unknown)[] = [() => rmSync(directory, { recursive: true })];
  try {
    const stack = await startStack({ name: `forms-${process.pid}`, registry: true, progress: say });
    closing.push(() => stack.stop());
    const registry = await filledRegistry(stack);
    closing.push(() => registry.close());
    const configFile = join(directory, 'config.yaml');
    writeFileSync(configFile, configOn(registry.host));
    const controllers = await startControllers({ stack, configFile });
    closing.push(() => controllers.stop());
    const agent = new Agent({ connections: USERS });
    closing.push(() => agent.close());

    const users = await makeUsers(stack, 'form', USERS);
    const ask = (user: LabUser) => formOf(controllers.apiUrl, user, agent);
    await untilSettled(controllers.apiUrl, agent);
    // The identity of each user is looked up once, and cached.
    const [bytes = 0] = await Promise.all(users.map(ask));
    await delay(2_000);
    const before = await kubernetesRequests(controllers.opsUrls);
    const registryBefore = registry.count();
    const paced = await load(users, ask, PACE_MS);
    const rushed = await load(users, ask, 0);
    const after = await kubernetesRequests(controllers.opsUrls);
    return {
      paced: waits(paced.durations),
      rushed: {
        ...waits(rushed.durations),
        perSecond: (rushed.durations.length / rushed.lengthMs) * 1_000,
      },
      registryRequests: registry.count() - registryBefore,
      kubernetesRequests: total(after) - total(before),
      bytes,
    };
  } finally {
    for (const close of closing.toReversed()) await close();
  }
}

/** The figures as a Markdown table. */
export function formTable(figures: FormFigures): string {
  const { paced, rushed, registryRequests, kubernetesRequests: toKubernetes, bytes } = figures;
  const table = markdown(
    `The spawn form: ${USERS} users, ${ROUNDS} times each, ${TAGS} tags, ${(bytes / 1024).toFixed(0)} KiB`,
    ['each user asks', 'forms/s', 'p50 ms', 'p99 ms'],
    [
      row('once in a second', (USERS * 1_000) / PACE_MS, paced),
      row('as soon as answered', rushed.perSecond, rushed),
    ],
  );
  return `${table}\n\nRequests meanwhile to the registry: ${registryRequests}, to the API server: ${toKubernetes}`;
}

async function filledRegistry({ registry }: OwnStack): Promise<CountingProxy> {
  if (!registry) throw new Error('the stack has no registry');
  const tags = Array.from(
    { length: TAGS },
    (_, index) => `w_${2060 + Math.floor(index / 50)}_${1 + (index % 50)}`,
  );
  await pushImages(
    registry.openHost,
    REPOSITORY,
    tags.map((tag) => ({ tag, content: tag })),
  );
  return startCountingProxy(registry.openHost);
}

/** The configuration of the other measurements, with images of a registry that are refreshed only once. */
function configOn(registry: string): string {
  const config = parse(readFileSync(join(__dirname, 'config.yaml'), 'utf8')) as object;
  const source = { type: 'docker', registry, repository: REPOSITORY };
  return stringify({ ...config, images: { source, refreshInterval: '1h', dockerCredentialsPath: null } });
}

/** The size of a user's form in bytes. @throws Error unless the status is 200. */
async function formOf(apiUrl: string, { username, token }: LabUser, dispatcher: Agent): Promise<number> {
  const { statusCode, body } = await request(`${apiUrl}/nublado/spawner/v1/lab-form/${username}`, {
    dispatcher,
    headers: { 'x-auth-request-user': username, 'x-auth-request-token': token },
  });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`${statusCode} for a form: ${text}`);
  return Buffer.byteLength(text);
}

/** Waits until the image catalogue is published and all images are prepulled. */
async function untilSettled(apiUrl: string, dispatcher: Agent): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const { statusCode, body } = await request(`${apiUrl}/nublado/spawner/v1/prepulls`, {
      dispatcher,
      headers: { 'x-auth-request-user': 'operator' },
    });
    const answer = (await body.json()) as { readonly images?: { readonly pending: readonly unknown[] } };
    if (statusCode === 200 && answer.images?.pending.length === 0) return;
    await delay(500);
  }
  throw new Error('the images did not come to rest');
}

/** Every user sends `ROUNDS` requests, at least `paceMs` apart; users begin one after the other. */
async function load(users: readonly LabUser[], ask: (user: LabUser) => Promise<number>, paceMs: number) {
  const durations: number[] = [];
  const startedAt = performance.now();
  await Promise.all(
    users.map(async (user, index) => {
      const offsetMs = (index / users.length) * paceMs;
      for (let round = 0; round < ROUNDS; round += 1) {
        await delay(Math.max(0, startedAt + offsetMs + round * paceMs - performance.now()));
        const begunAt = performance.now();
        await ask(user);
        durations.push(performance.now() - begunAt);
      }
    }),
  );
  return { durations, lengthMs: performance.now() - startedAt };
}

const waits = (durations: readonly number[]): Waits => ({
  p50Ms: percentile(durations, 0.5),
  p99Ms: percentile(durations, 0.99),
});

const total = ({ reads = 0, writes = 0, watches = 0 }: Readonly<Record<string, number>>): number =>
  reads + writes + watches;

const row = (name: string, perSecond: number, { p50Ms, p99Ms }: Waits): string[] => [
  name,
  perSecond.toFixed(0),
  p50Ms.toFixed(1),
  p99Ms.toFixed(1),
];
