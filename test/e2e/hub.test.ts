import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HubDescription } from '../../stack/description';
import { type HubApi, hubApi } from '../../stack/hub-api';
import { accepted, hubAnswers, hubRequest, serverPath } from '../../stack/hub-request';
import { findIsolation } from '../../stack/labs/isolation';
import { type OwnStack, startStack } from '../../stack/start';
import { openSession, type Session } from '../../stack/web-session';
import { eventually } from '../support/eventually';
import { HUB_VERSIONS } from '../support/hub-version';
import { labNamespaces, type TestUser, type World, worldOn } from '../support/world';

const TEMPLATE = join(__dirname, '../data/e2e/hub.yaml');
const IDS = { uid: 21_101, gid: 21_101 };
const FORM = { image_list: ['registry.example.com/lab:w_2077_46'], size: ['small'] };

describe.each(HUB_VERSIONS)('with JupyterHub %d', (hubVersion) => {
  let stack: OwnStack;
  let world: World;
  let user: TestUser;
  let browser: Session;
  let description: HubDescription;
  let hub: HubApi;

  beforeAll(async () => {
    const name = `e2e-${randomBytes(4).toString('hex')}`;
    const progress = (line: string) => process.stderr.write(`stack: ${line}\n`);
    stack = await startStack({ name, jupyterhub: 'full', hubVersion, progress });
    const configFile = join(stack.directory, 'hub.yaml');
    if (!stack.jupyterhub?.url) throw new Error('the stack has no full JupyterHub');
    description = stack.jupyterhub;
    const { apiUrl, serviceTokenFile, url } = description;
    const section = { apiUrl, tokenPath: serviceTokenFile };
    writeFileSync(configFile, `${readFileSync(TEMPLATE, 'utf8')}hub: ${JSON.stringify(section)}\n`);
    hub = hubApi(description);
    world = await worldOn(stack, { configFile }, ['serve']);
    user = await world.aUser(IDS);
    browser = openSession(url ?? '', user.token);
  });

  afterAll(() => world.stop());

  /** The home directory as this machine sees it. */
  const homeOf = ({ username }: TestUser) => join(stack.directory, 'nodes/srv/homes', username);

  const server = () => hub.server(user.username);

  const labPath = (path: string) => `/nb/user/${user.username}/${path}`;

  test('a user who has come through the ingress starts a lab, and finds JupyterLab behind the hub’s proxy', async () => {
    expect((await browser.open('/nb/hub/home')).status).toBe(200);
    expect((await browser.open(labPath('lab'))).status).not.toBe(200);

    const messages: string[] = [];
    await hub.start(user.username, FORM);
    await hub.follow(user.username, ({ message }) => messages.push(message));
    expect(messages.join('\n')).toContain('Started container notebook');
    expect(await server()).toMatchObject({ ready: true, pending: null });

    const page = await browser.open(labPath('lab'));
    expect(page.status).toBe(200);
    expect(page.text).toContain('<title>JupyterLab</title>');
  });

  test('the lab’s init containers have made the home directory, which is the user’s, and have prepared its start', async () => {
    const { changesUsers, hasNamespaces } = await findIsolation();
    const home = homeOf(user);
    const told = readFileSync(join(stack.directory, 'logs/labs', `${user.username}.log`), 'utf8');

    expect(told.includes(`/home/${user.username} was created\n`)).toBe(hasNamespaces);
    expect(told.includes('/startup/env.json was written\n')).toBe(hasNamespaces);
    expect(told).not.toContain('the lab starts without its home directory');
    // The last two are by the init container that runs as the user, and by the lab.
    const owners = ['.', ...(hasNamespaces ? ['.gitconfig'] : []), '.local'].map(
      (entry) => statSync(join(home, entry)).uid,
    );
    expect(new Set(owners)).toEqual(new Set([changesUsers ? IDS.uid : process.getuid?.()]));
  });

  test('a spawn fails with its init container when the home directory cannot be made, and the hub shows that', async () => {
    const { hasNamespaces } = await findIsolation();
    const unlucky = await world.aUser();
    await openSession(description.url ?? '', unlucky.token).open('/nb/hub/home');
    writeFileSync(homeOf(unlucky), 'not a directory');

    const messages: string[] = [];
    await hub.start(unlucky.username, FORM);
    const spawned = hub.follow(unlucky.username, ({ message }) => messages.push(message));
    await expect(spawned).rejects.toThrow('Spawn failed');
    expect(messages.join('\n')).toContain(
      hasNamespaces
        ? 'Init container nublado-std-inithome, which prepares the lab, failed with exit code 1'
        : 'The lab ended',
    );
  });

  test('a lab outlives a hub that is killed, and is the hub’s again when that is back', async () => {
    const before = await server();
    await stack.kill('jupyterhub');

    expect((await browser.open(labPath('api/status'))).status).toBe(200);

    await stack.revive('jupyterhub');
    await eventually(
      () => hubAnswers(description.apiUrl).catch(() => false),
      (isThere) => isThere,
    );
    expect(await server()).toMatchObject({ ready: true, pending: null, started: before?.started });
    expect((await browser.open(labPath('lab'))).status).toBe(200);
  });

  test('headers of the ingress that a lab sends to the hub’s own port log in only the owner of the token', async () => {
    const intruder = await world.aUser();
    const login = (name: string, token: string) =>
      fetch(description.apiUrl.replace(/\/api$/, '/gafaelfawr/login'), {
        headers: { 'X-Auth-Request-User': name, 'X-Auth-Request-Token': token },
        redirect: 'manual',
      });
    const answers = await Promise.all([
      login(user.username, intruder.token),
      login(user.username, `gt-${'x'.repeat(22)}.${'y'.repeat(22)}`),
      login('admin', 'x'),
      login(user.username, user.token),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 302]);
    expect(
      answers
        .slice(0, 3)
        .flatMap(({ headers }) => headers.getSetCookie())
        .join('\n'),
    ).not.toContain('jupyterhub-hub-login');
  });

  test('a start without options is one with the defaults', async () => {
    const { username, token } = await world.aUser();
    await openSession(description.url ?? '', token).open('/nb/hub/home');
    await accepted(hubRequest(description)('POST', serverPath(username)));
    await hub.follow(username, () => undefined);

    expect(await hub.server(username)).toMatchObject({ ready: true });
    await hub.stop(username);
  });

  test('a lab that the hub stops is gone, and so is its route', async () => {
    await hub.stop(user.username);
    await eventually(server, (seen) => seen === undefined);

    await eventually(
      () => labNamespaces(world, user.username),
      (names) => names.length === 0,
    );
    expect((await browser.open(labPath('api/status'))).status).not.toBe(200);
  });
});
