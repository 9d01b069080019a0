import { DomainError } from '../../../../src/domain/errors';
import type { LabLife } from '../../../../src/domain/lab-history';
import type { NotebookQuota } from '../../../../src/domain/user';
import { aLife } from '../../../support/lab-life';
import { elementsOf } from '../../../support/parsed-html';
import { aUser, aWorld, CHECKED_HOMES, headersOf, LAB_SETTINGS, LAB_TERMS, type World } from '../fakes';

const PATH = '/nublado/spawner/v1/lab-form';
const GIB = 1024 ** 3;

let world: World;

beforeEach(async () => {
  world = await aWorld();
});

afterEach(() => world.app.close());

const ask = (headers: Record<string, string> = headersOf('rachel'), username = 'rachel') =>
  world.app.inject({ url: `${PATH}/${username}`, headers });

/** The sizes that the form offers rachel under a quota. */
async function sizesUnder(quota: NotebookQuota): Promise<(string | undefined)[]> {
  world.users.set('rachel', aUser({ quota }));
  const elements = elementsOf((await ask()).body);
  return elements.flatMap(({ attributes: { name, value } }) => (name === 'size' ? [value] : []));
}

async function renewWorld(changes: Parameters<typeof aWorld>[0]): Promise<void> {
  await world.app.close();
  world = await aWorld(changes);
}

test('the user gets a fragment of HTML with the images and sizes of the configuration', async () => {
  const answer = await ask();
  const values = elementsOf(answer.body).flatMap(({ attributes: { value } }) => value ?? []);

  expect(answer.statusCode).toBe(200);
  expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(values).toEqual([
    'registry.test/sketchbook:w_2077_44@sha256:1234',
    'use_image_from_dropdown',
    'registry.test/sketchbook:w_2077_44@sha256:1234',
    'small',
    'large',
    'true',
    'true',
  ]);
  expect(answer.body).toContain('Small (1.0 CPU, 4Gi RAM)');
});

test('the configured default size is chosen', async () => {
  const elements = elementsOf((await ask()).body);
  const isChecked = elements.filter(({ attributes }) => 'checked' in attributes);

  expect(isChecked.map(({ attributes }) => attributes['id'])).toEqual(['image1', 'large']);
});

test('sizes beyond the quota are left out', async () => {
  expect(await sizesUnder({ cpu: 1, memory: 4 * GIB, spawn: true })).toEqual(['small']);
});

test.each([
  ['forbids labs', { cpu: 9, memory: 99 * GIB, spawn: false }],
  ['is below every size', { cpu: 0.5, memory: 99 * GIB, spawn: true }],
])('a user whose quota %s gets that reason in place of the form', async (_, quota) => {
  world.users.set('rachel', aUser({ quota }));
  const answer = await ask();

  expect(answer.statusCode).toBe(200);
  expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(elementsOf(answer.body).map(({ name, text }) => [name, text.trim()])).toEqual([
    ['div', expect.any(String)],
    ['h2', 'Notebooks unavailable'],
    ['p', 'Creating a new Nublado notebook is currently unavailable.'],
  ]);
});

test.each([
  ['no UID', {}, { uid: null }, 'Must have a UID to spawn labs'],
  ['a name that no path can hold', { username: 'ra:chel' }, {}, 'Kubernetes objects cannot be named after'],
])('a user with %s gets the reason in place of the form', async (_case, name, changes, reason) => {
  const user = aUser({ ...name, ...changes });
  world.users.set(user.username, user);
  const answer = await ask(headersOf(user.username), user.username);
  const paragraphs = elementsOf(answer.body).flatMap(({ name: tag, text }) => (tag === 'p' ? [text] : []));

  expect(answer.statusCode).toBe(200);
  expect(paragraphs).toEqual([
    'Creating a new Nublado notebook is currently unavailable.',
    expect.stringContaining(reason),
  ]);
});

test('without configured sizes labs are unavailable', async () => {
  const settings = { ...LAB_SETTINGS, lab: { ...LAB_SETTINGS.lab, sizes: [] } };
  await renewWorld({ terms: () => ({ ...LAB_TERMS, settings }) });
  const answer = await ask();

  expect(answer.statusCode).toBe(200);
  expect(answer.body).toContain('Notebooks unavailable');
});

test('the form is of the configuration in force when it is asked for', async () => {
  let terms = LAB_TERMS;
  await renewWorld({ terms: () => terms });
  const before = await ask();
  const lab = { ...LAB_SETTINGS.lab, sizes: LAB_SETTINGS.lab.sizes.slice(0, 1) };
  terms = { ...LAB_TERMS, settings: { ...LAB_SETTINGS, lab } };
  const after = await ask();

  expect(before.body).toContain('id="large"');
  expect(after.body).not.toContain('id="large"');
});

describe('above the form', () => {
  const withLast = (lastOf: () => Promise<LabLife | null>) =>
    renewWorld({ history: { livesOf: async () => [], lastOf } });

  test('above the form stands why the last lab was lost', async () => {
    await withLast(async () => aLife());

    expect((await ask()).body).toContain('Your last lab was evicted from its node');
  });

  test('above the form stands the way to the files after a full home directory, and in it the option to start', async () => {
    const last = aLife({ outcome: 'failed', reason: 'HomeFull' });
    const history = { livesOf: async () => [], lastOf: async () => last };
    await renewWorld({ history, terms: () => ({ ...LAB_TERMS, settings: CHECKED_HOMES }) });
    const elements = elementsOf((await ask()).body).map(({ attributes }) => attributes);

    expect(elements).toContainEqual(expect.objectContaining({ href: 'https://data.example/files' }));
    expect(elements).toContainEqual(expect.objectContaining({ name: 'start_with_full_home' }));
  });

  test('above the form stands nothing of a lab that was stopped', async () => {
    await withLast(async () => aLife({ outcome: 'stopped', endedBy: { kind: 'hub', name: null } }));

    expect((await ask()).body).not.toContain('nublado-form-notice"');
  });

  test('above the form stands nothing when Temporal cannot be asked, which is logged', async () => {
    await withLast(async () => {
      throw new DomainError('workflow_unavailable', 'Temporal is away');
    });
    const answer = await ask();

    expect(answer.statusCode).toBe(200);
    expect(answer.body).toContain('id="image1"');
    expect(world.logged.join()).toContain('a form goes without the end of the last lab');
    expect(world.reported).toEqual([]);
  });
});

describe('a refusal', () => {
  test("a refusal is the answer to asking for another user's form", async () => {
    const answer = await ask(headersOf('rachel'), 'beth');

    expect(answer.statusCode).toBe(403);
    expect(answer.json()).toEqual({ detail: [{ msg: 'Permission denied', type: 'permission_denied' }] });
  });

  test("a refusal is the answer to another user's token", async () => {
    const answer = await ask({ ...headersOf('rachel'), 'x-auth-request-user': 'beth' }, 'beth');

    expect(answer.statusCode).toBe(403);
  });

  test('a refusal is the answer to an invalid token', async () => {
    const answer = await ask(headersOf('nobody'), 'nobody');

    expect(answer.statusCode).toBe(401);
    expect(answer.json()).toEqual({ detail: [{ msg: 'User token is invalid', type: 'invalid_token' }] });
  });

  test.each([
    ['both headers are', {}, ['x-auth-request-user', 'x-auth-request-token']],
    ['the token is', { 'x-auth-request-user': 'rachel' }, ['x-auth-request-token']],
  ])('a refusal names what is missing when %s missing', async (_, headers, missing) => {
    const answer = await ask(headers);

    expect(answer.statusCode).toBe(422);
    expect(answer.json().detail.map(({ loc }: { loc: unknown }) => loc)).toEqual(
      missing.map((header) => ['header', header]),
    );
  });

  test('a refusal is the answer while nothing is known of images, and no failure is reported', async () => {
    const offer = async () => {
      throw new DomainError('images_unavailable', 'Nothing is known of images yet');
    };
    await renewWorld({ terms: () => ({ ...LAB_TERMS, images: { ...LAB_TERMS.images, offer } }) });
    const answer = await ask();

    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('5');
    expect(answer.json()).toEqual({
      detail: [{ msg: 'Nothing is known of images yet', type: 'images_unavailable' }],
    });
    expect(world.reported).toEqual([]);
  });

  test('a refusal is the answer when the identity service fails, and the failure is reported', async () => {
    const lookup = async () => {
      throw new DomainError('gafaelfawr_error', 'User lookup failed');
    };
    await renewWorld({ identity: { lookup } });
    const answer = await ask();

    expect(answer.statusCode).toBe(500);
    expect(world.reported).toEqual([{ code: 'gafaelfawr_error', username: 'rachel' }]);
  });
});
