import { type ControllerProcess, routeIngressTo, startController } from '../../stack/controller';
import { eventually } from '../support/eventually';
import { patch } from '../support/faults';
import {
  administrate,
  aFileServerWorld,
  aFileUser,
  dav,
  deleteFiles,
  type FileServerWorld,
  objectsOf,
  openFiles,
  openPage,
  openServer,
  phaseOf,
  podPathOf,
  send,
  settleFiles,
} from '../support/file-server-world';
import { formFor, type TestUser } from '../support/world';

/** How many users ask for their first file server at once. */
const AT_ONCE = Number(process.env['NUBLADO_TEST_FILE_SERVERS'] ?? 60);

/** Pods without processes: many of them would need more memory than there is. */
const SIMULATED = { extraAnnotations: { 'stack.nublado.lsst.io/behaviour': 'fast' } };

let world: FileServerWorld;
let controller: ControllerProcess;

beforeAll(async () => {
  world = await aFileServerWorld();
  controller = await world.start('serve');
});

afterAll(() => world?.stop());

const behave = async (user: TestUser, behaviour: string) =>
  patch(world, await podPathOf(world, user), {
    metadata: { annotations: { 'stack.nublado.lsst.io/behaviour': behaviour } },
  });

const detailOf = async (answer: Response) => {
  const { detail } = (await answer.json()) as { detail: readonly { type: string; msg: string }[] };
  return detail;
};

/** Runs a test with an API whose file servers are configured in another way, on the same worker. */
async function withApi(
  name: string,
  fileserver: object,
  test: (url: string) => Promise<void>,
): Promise<void> {
  const { apiServer, stack } = world;
  const environment = { KUBECONFIG: apiServer.kubeconfig };
  const configFile = world.configuration(name, fileserver);
  const api: ControllerProcess = await startController('api', { stack, name, configFile, environment });
  try {
    await test(api.apiUrl);
  } finally {
    await api.kill('SIGTERM');
  }
}

/** Asks an API itself for the page, as the ingress does. */
const openAt = (apiUrl: string, { token, username }: TestUser): Promise<Response> =>
  send(`${apiUrl}/files`, {
    headers: { 'x-auth-request-user': username, 'x-auth-request-token': token },
  });

test('the first request creates the file server, which answers at the address of the page, and the next one finds it', async () => {
  const user = await aFileUser(world);
  const first = await openPage(world, user);
  const page = await first.text();

  expect([first.status, first.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect(page).toContain('<title>User Fileserver Created</title>');
  expect(page).toContain(`href="${world.stack.identity.proxyUrl}/files/${user.username}"`);
  // A pod runs some 150 ms before its program listens.
  const listing = await eventually(
    () => dav(world, user, '/', { method: 'PROPFIND', headers: { depth: '1' } }),
    ({ status }) => status < 500,
  );
  expect(listing.status).toBe(207);
  expect(await listing.text()).toContain(`href>/files/${user.username}/home/<`);
  await settleFiles(world, user, 'running');

  const [job] = await objectsOf(world, user, 'job');
  await openFiles(world, user);
  expect((await objectsOf(world, user, 'job'))[0]?.metadata.uid).toBe(job?.metadata.uid);
});

test('two tabs at once share one creation, whose objects are written once', async () => {
  const user = await aFileUser(world);
  await Promise.all([openFiles(world, user), openFiles(world, user), openFiles(world, user)]);

  await settleFiles(world, user, 'running');
  const made = world.apiServer.creations.filter(({ name }) => name === `${user.username}-fs`);
  expect(made.map(({ collection }) => collection.split('/').at(-1))).toEqual([
    'gafaelfawringresses',
    'services',
    'jobs',
  ]);
});

test('what a lab has written is served, and what a client writes the lab’s user owns', async () => {
  const user = await aFileUser(world);
  await world.hub.start(user.username, user.token, { options: formFor('process') });
  await openServer(world, user);

  const path = `/home/${user.username}`;
  const written = await eventually(
    () => dav(world, user, `${path}/from-lab.txt`),
    ({ status }) => status === 200,
  );
  expect(await written.text()).toBe('written by the lab\n');

  const put = await dav(world, user, `${path}/from-client.txt`, { method: 'PUT', body: 'by a client' });
  expect(put.status).toBe(201);
  expect(await (await dav(world, user, `${path}/from-client.txt`)).text()).toBe('by a client');
  await world.hub.stop(user.username);
});

test('only its user reaches a file server, with a token for files', async () => {
  const [user, other] = [await aFileUser(world), await aFileUser(world)];
  await openFiles(world, user);
  const narrow = await world.aUser({ username: user.username });

  expect((await dav(world, { ...other, username: user.username }, '/')).status).toBe(403);
  expect((await dav(world, { ...narrow, username: user.username }, '/')).status).toBe(403);
  expect((await openPage(world, other, `/files/${user.username}`)).status).toBe(403);
});

describe('an end', () => {
  test('an end for lack of use removes everything, and the user who comes back gets another one', async () => {
    const user = await aFileUser(world);
    await withApi('idle', { idleTimeout: '1s' }, async (apiUrl) => {
      expect((await openAt(apiUrl, user)).status).toBe(200);
    });
    await settleFiles(world, user, 'gone');

    const back = await eventually(
      () => openPage(world, user, `/files/${user.username}/home`),
      ({ status }) => status === 303,
    );
    const creator = new URL(back.headers.get('location') ?? '').pathname;
    expect(creator).toBe('/files');
    expect((await openPage(world, user, creator)).status).toBe(200);
    await settleFiles(world, user, 'running');
  });

  test.each(['exit-0', 'exit-1', 'evicted', 'oom-killed'])(
    'an end of the pod with %s removes everything',
    async (behaviour) => {
      const user = await aFileUser(world);
      await openFiles(world, user);
      await behave(user, behaviour);

      await expect(settleFiles(world, user, 'gone')).resolves.toBeUndefined();
    },
  );

  test('an end by an administrator answers once everything is gone, and only one is needed', async () => {
    const user = await aFileUser(world);
    await openServer(world, user);

    expect(await deleteFiles(world, user)).toBe(204);
    for (const kind of ['gafaelfawrIngress', 'ingress', 'service', 'job', 'pod'] as const) {
      expect([kind, await objectsOf(world, user, kind)]).toEqual([kind, []]);
    }
    const again = await administrate(world, `users/${user.username}`, 'DELETE');
    expect([again.status, (await detailOf(again))[0]?.type]).toEqual([404, 'unknown_user']);
  });

  test('an end that is ordered during the creation is the end of both', async () => {
    const user = await aFileUser(world);
    await withApi('ended', SIMULATED, async (apiUrl) => {
      const target = { method: 'POST', url: /\/jobs(\?|$)/, body: user.username };
      const held = world.apiServer.place(target, { kind: 'answerHeld' }, 1);
      const opening = openAt(apiUrl, user);
      await held.met;
      const deleting = deleteFiles(world, user);
      await eventually(
        () => phaseOf(world, user),
        (phase) => phase !== 'starting',
      );
      held.lift();

      expect(await deleting).toBe(204);
      const answer = await opening;
      expect([answer.status, (await detailOf(answer))[0]?.type]).toEqual([500, 'file_server_create_failed']);
      await settleFiles(world, user, 'gone');
      expect((await openAt(apiUrl, user)).status).toBe(200);
    });
  });
});

test('a file server that is gone while it is said to run is replaced when its user comes back', async () => {
  const user = await aFileUser(world);
  await openFiles(world, user);
  // Nothing watches these objects, so the workflow does not notice.
  for (const [kind, collection] of [
    ['gafaelfawrIngress', '/apis/gafaelfawr.lsst.io/v1alpha1/namespaces/fileservers/gafaelfawringresses'],
    ['ingress', '/apis/networking.k8s.io/v1/namespaces/fileservers/ingresses'],
  ] as const) {
    await world.cluster.send('DELETE', `${collection}/${user.username}-fs`);
    await eventually(
      () => objectsOf(world, user, kind),
      (left) => left.length === 0,
    );
  }
  const back = await eventually(
    () => openPage(world, user, `/files/${user.username}`),
    ({ status }) => status === 303,
  );
  expect(back.status).toBe(303);

  await openFiles(world, user);
  await settleFiles(world, user, 'running');
  await eventually(
    () => dav(world, user, '/', { method: 'OPTIONS' }),
    ({ status }) => status === 200,
  );
});

test('an administrator lists who has a running file server, current for their own changes', async () => {
  const [one, other] = [await aFileUser(world), await aFileUser(world)];
  await Promise.all([openServer(world, one), openServer(world, other)]);
  const list = async () => (await (await administrate(world, 'users')).json()) as string[];

  const names = await list();
  expect(names).toEqual(names.toSorted());
  expect(names).toEqual(expect.arrayContaining([one.username, other.username]));
  expect(await (await administrate(world, `users/${one.username}`)).json()).toEqual({ running: true });
  expect(await deleteFiles(world, one)).toBe(204);
  expect(await list()).not.toContain(one.username);
  expect(await list()).toContain(other.username);
});

test.each([
  ['UID', { uid: undefined }],
  ['GID', { gid: undefined }],
])('a user without a %s gets none, and leaves nothing behind', async (_what, facts) => {
  const user = await aFileUser(world, facts);
  const answer = await openPage(world, user);

  expect([answer.status, (await detailOf(answer))[0]?.type]).toEqual([403, 'permission_denied']);
  expect(await phaseOf(world, user)).toBeNull();
});

describe('a creation that fails', () => {
  test.each([
    [
      'never starts',
      { extraAnnotations: { 'stack.nublado.lsst.io/behaviour': 'waits' } },
      /timed out after 4$/,
    ],
    [
      'has an image that cannot be used',
      { extraAnnotations: { 'stack.nublado.lsst.io/behaviour': 'invalid-image' } },
      /^Failed to create file server: The image of the file server cannot be used/,
    ],
    [
      'is reached by no ingress',
      { ingress: { type: 'gafaelfawr', annotations: { 'stack.nublado.lsst.io/ingress': 'no-address' } } },
      /timed out after 4$/,
    ],
  ])('a creation whose pod %s is told, and nothing is left', async (what, changes, message) => {
    const user = await aFileUser(world);
    await withApi(
      `fails ${what}`.replaceAll(' ', '-'),
      { creationTimeout: '4s', ...changes },
      async (apiUrl) => {
        const answer = await openAt(apiUrl, user);

        expect(answer.status).toBe(500);
        expect(await detailOf(answer)).toEqual([
          { type: 'file_server_create_failed', msg: expect.stringMatching(message) },
        ]);
        await settleFiles(world, user, 'gone');
      },
    );
  });
});

test(`${AT_ONCE} first requests at once all get a file server`, async () => {
  const users = await Promise.all(Array.from({ length: AT_ONCE }, () => aFileUser(world)));
  try {
    await withApi('many', { ...SIMULATED, deleteTimeout: '5m' }, async (apiUrl) => {
      await routeIngressTo(world.stack, apiUrl);
      const answers = await Promise.all(users.map((user) => openPage(world, user)));

      expect(answers.map(({ status }) => status)).toEqual(users.map(() => 200));
      expect(await Promise.all(users.map((user) => deleteFiles(world, user)))).toEqual(users.map(() => 204));
    });
  } finally {
    await routeIngressTo(world.stack, controller.apiUrl);
  }
  await Promise.all(users.map((user) => settleFiles(world, user, 'gone')));
});
