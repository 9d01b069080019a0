import { once } from 'node:events';
import { type ClientRequest, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLabs } from '../../src/api/services/labs';
import { ProgressSource } from '../../src/workflow-clients/lab/progress-source';
import { publishReconciliation } from '../../src/workflow-clients/reconciliation-record';
import { type OwnNamespace, ownNamespace } from '../support/own-namespace';
import { theStack } from '../support/stack';
import { aBody, aUser, aWorld, headersOf, LAB_SETTINGS, type World } from '../unit/api/fakes';

const LABS = '/nublado/spawner/v1/labs';
const STATUS = '/nublado/spawner/v1/user-status';

let namespace: OwnNamespace;
let world: World;
const open: ClientRequest[] = [];

beforeAll(async () => {
  namespace = await ownNamespace(theStack().temporal.address);
  await publishReconciliation(namespace.client, { unsettled: [] });
  world = await aWorld({
    labs: createLabs(namespace.client, () => LAB_SETTINGS.lab.deleteTimeoutMs),
    progress: new ProgressSource(namespace.client, 60_000),
  });
  await world.app.listen({ port: 0, host: '127.0.0.1' });
});

afterAll(async () => {
  for (const request of open) request.destroy();
  await world.app.close();
  await namespace.connection.close();
});

/** Sends a request over a connection of its own; resolves with the status once there are headers. */
async function send(username: string, method: string, path: string, payload?: object): Promise<number> {
  const { port } = world.app.server.address() as AddressInfo;
  const request = httpRequest({
    host: '127.0.0.1',
    port,
    method,
    path,
    headers: { ...headersOf(username), 'content-type': 'application/json' },
    agent: false,
  });
  request.on('error', () => undefined);
  open.push(request);
  request.end(payload && JSON.stringify(payload));
  const [response] = await once(request, 'response');
  if (!path.endsWith('/events')) response.resume();
  return response.statusCode;
}

const create = (username: string) => send(username, 'POST', `${LABS}/${username}/create`, aBody());
const follow = (username: string) => send(username, 'GET', `${LABS}/${username}/events`);
const status = (username: string) => send(username, 'GET', STATUS);

const times = <Value>(count: number, work: (index: number) => Promise<Value>): Promise<Value[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));

test('300 users start and follow their labs at once, from one address, and none is refused', async () => {
  const users = Array.from({ length: 300 }, (_, index) => `student-${index}`);
  for (const username of users) world.users.set(username, aUser({ username }));
  const created = await Promise.all(users.map(create));
  const followed = await Promise.all(users.map(follow));

  expect(new Set(created)).toEqual(new Set([201]));
  expect(new Set(followed)).toEqual(new Set([200]));
});

test('while one user floods the API with everything, another is served', async () => {
  for (const username of ['noisy', 'quiet']) world.users.set(username, aUser({ username }));
  await create('noisy');
  const flooding = new AbortController();
  const answers = new Map<number, number>();
  const flood = async (work: () => Promise<number>): Promise<void> => {
    while (!flooding.signal.aborted) {
      const status = await work();
      answers.set(status, (answers.get(status) ?? 0) + 1);
    }
  };
  const kinds = [
    () => create('noisy'),
    () => follow('noisy'),
    () => status('noisy'),
    () => send('noisy', 'POST', `${LABS}/quiet/create`, aBody()),
    () => send('noisy', 'GET', `${LABS}/quiet/events`),
  ];
  const floods = kinds.flatMap((kind) => Array.from({ length: 20 }, () => flood(kind)));
  const served: number[] = [];
  try {
    served.push(await create('quiet'), await follow('quiet'));
    served.push(...(await times(40, () => status('quiet'))));
  } finally {
    flooding.abort();
    await Promise.all(floods);
  }

  expect(served).toEqual([201, ...Array.from({ length: 41 }, () => 200)]);
  expect(answers.get(429)).toBeGreaterThan(0);
  // Without a worker, a create that meets a lab is given up after a while.
  expect([200, 403, 409, 429, 503, 504]).toEqual(expect.arrayContaining([...answers.keys()]));
});
