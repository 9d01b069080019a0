import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OwnStack, startStack } from '../../stack/start';
import { eventually } from '../support/eventually';
import { openSession, type Session } from '../support/session';
import { labNamespaces, type TestUser, type World, worldOn } from '../support/world';

jest.setTimeout(60_000);

const TEMPLATE = join(__dirname, '../data/e2e/hub.yaml');
const FORM = { image_list: ['registry.example.com/lab:w_2077_46'], size: ['small'] };

let stack: OwnStack;
let world: World;
let user: TestUser;
let browser: Session;

const hubUrl = () => stack.jupyterhub?.apiUrl ?? '';

beforeAll(async () => {
  const name = `e2e-${randomBytes(4).toString('hex')}`;
  const progress = (line: string) => process.stderr.write(`stack: ${line}\n`);
  stack = await startStack({ name, jupyterhub: 'full', progress });
  const configFile = join(stack.directory, 'hub.yaml');
  const hub = { apiUrl: hubUrl(), tokenPath: stack.jupyterhub?.serviceTokenFile };
  writeFileSync(configFile, `${readFileSync(TEMPLATE, 'utf8')}hub: ${JSON.stringify(hub)}\n`);
  world = await worldOn(stack, { configFile }, ['serve']);
  user = await world.aUser();
  browser = openSession(stack.jupyterhub?.url ?? '', user.token);
}, 240_000);

afterAll(() => world.stop());

/** Asks the hub's own API, as the tests' service. */
async function askHub(method: string, path: string, body?: object): Promise<Response> {
  return fetch(`${hubUrl()}/${path}`, {
    method,
    headers: { authorization: `token ${stack.jupyterhub?.adminToken}` },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
}

interface HubServer {
  readonly ready: boolean;
  readonly pending: string | null;
  readonly started: string;
}

async function server(): Promise<HubServer | undefined> {
  const answer = await askHub('GET', `users/${user.username}`);
  const { servers } = (await answer.json()) as { servers: Record<string, HubServer> };
  return servers[''];
}

const labPath = (path: string) => `/nb/user/${user.username}/${path}`;

test('a user who has come through the ingress starts a lab, and finds JupyterLab behind the hub’s proxy', async () => {
  expect((await browser.open('/nb/hub/home')).status).toBe(200);
  expect((await browser.open(labPath('lab'))).status).not.toBe(200);

  const answer = await askHub('POST', `users/${user.username}/server`, FORM);
  expect([201, 202]).toContain(answer.status);
  await eventually(server, (seen) => seen?.ready === true, 40_000);

  const page = await browser.open(labPath('lab'));
  expect(page.status).toBe(200);
  expect(page.text).toContain('<title>JupyterLab</title>');
});

test('a lab outlives a hub that is killed, and is the hub’s again when that is back', async () => {
  const before = await server();
  await stack.kill('jupyterhub');

  expect((await browser.open(labPath('api/status'))).status).toBe(200);

  await stack.revive('jupyterhub');
  const answers = async () => (await fetch(`${hubUrl()}/`).catch(() => null))?.ok;
  await eventually(answers, (isThere) => isThere === true, 30_000);
  expect(await server()).toMatchObject({ ready: true, pending: null, started: before?.started });
  expect((await browser.open(labPath('lab'))).status).toBe(200);
});

test('a lab that the hub stops is gone, and so is its route', async () => {
  expect([202, 204]).toContain((await askHub('DELETE', `users/${user.username}/server`)).status);
  await eventually(server, (seen) => seen === undefined, 30_000);

  await eventually(
    () => labNamespaces(world, user.username),
    (names) => names.length === 0,
    20_000,
  );
  expect((await browser.open(labPath('api/status'))).status).not.toBe(200);
});
