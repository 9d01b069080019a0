import { DomainError } from '../../../../src/domain/errors';
import type { LabLife } from '../../../../src/domain/lab-history';
import { aLife } from '../../../support/lab-life';
import { aBody, aUser, aWorld, headersOf, LAB_SETTINGS, LAB_TERMS, type World } from '../fakes';

const LABS = '/nublado/spawner/v1/labs';

let world: World;

beforeEach(async () => {
  world = await aWorld();
});

afterEach(() => world.app.close());

const create = (username: string, payload: object = aBody()) =>
  world.app.inject({
    method: 'POST',
    url: `${LABS}/${encodeURIComponent(username)}/create`,
    headers: headersOf(username),
    payload,
  });

describe('a username that Kubernetes cannot take', () => {
  test.each(['ada.lovelace@example.org', 'Rachel', '-rachel', 'x'.repeat(200)])(
    'a username that Kubernetes cannot take gets a lab with names of its own: %s',
    async (username) => {
      world.users.set(username, aUser({ username }));
      const answer = await create(username);

      expect(answer.statusCode).toBe(201);
      expect(answer.headers.location).toBe(`http://localhost:80${LABS}/${encodeURIComponent(username)}`);
      expect(world.labs.get(username)?.user.username).toBe(username);
    },
  );
});

describe('a request that chooses nothing', () => {
  const createWithout = () => create('rachel', { ...aBody(), options: { other: ['x'] } });

  async function chosen() {
    expect((await createWithout()).statusCode).toBe(201);
    const { options } = (await world.app.inject(`${LABS}/rachel`)).json();
    return options;
  }

  async function withLast(lastOf: () => Promise<LabLife | null>, terms = LAB_TERMS) {
    await world.app.close();
    world = await aWorld({ history: { livesOf: async () => [], lastOf }, terms: () => terms });
  }

  test('a request that chooses nothing gets what the form has chosen from the start', async () => {
    expect(await chosen()).toMatchObject({
      image: expect.stringContaining('registry.test/sketchbook:w_2077_44@sha256:1234'),
      size: 'large',
      enable_debug: false,
      reset_user_env: false,
    });
  });

  test('a request that chooses nothing gets image and size of the last lab', async () => {
    await withLast(async () =>
      aLife({ image: 'registry.test/sketchbook:w_2077_43@sha256:5', size: 'small' }),
    );

    expect(await chosen()).toMatchObject({
      image: expect.stringContaining('registry.test/sketchbook:w_2077_43@sha256:5'),
      size: 'small',
    });
  });

  test('a request that chooses nothing gets defaults in place of last choices that are unavailable', async () => {
    await withLast(async () => aLife({ image: 'registry.test/unknown:w_1', size: 'huge' }));

    expect(await chosen()).toMatchObject({
      image: expect.stringContaining('w_2077_44'),
      size: 'large',
    });
  });

  test('a request that chooses nothing gets a size within the quota', async () => {
    await withLast(async () => aLife({ size: 'large' }));
    world.users.set('rachel', aUser({ quota: { cpu: 1, memory: 2 ** 40, spawn: true } }));

    expect(await chosen()).toMatchObject({ size: 'small' });
  });

  test('a request that chooses nothing gets defaults when Temporal cannot be asked for the last lab', async () => {
    await withLast(async () => {
      throw new DomainError('workflow_unavailable', 'Temporal is away');
    });

    expect(await chosen()).toMatchObject({ size: 'large' });
  });

  test('a request that chooses nothing is refused where there is nothing to take, by the names of the fields', async () => {
    const offer = async () => ({ ...(await LAB_TERMS.images.offer()), menu: [], dropdown: [] });
    const lab = { ...LAB_SETTINGS.lab, sizes: [], defaultSize: null };
    const terms = { images: { ...LAB_TERMS.images, offer }, settings: { ...LAB_SETTINGS, lab } };
    await withLast(async () => null, { ...LAB_TERMS, ...terms });
    const answer = await createWithout();

    expect(answer.statusCode).toBe(422);
    expect(answer.json().detail).toMatchObject([
      { loc: ['body', 'options', 'image_list'], type: 'missing' },
      { loc: ['body', 'options', 'size'], type: 'missing' },
    ]);
  });

  test.each([
    [{ quota: { cpu: 9, memory: 2 ** 40, spawn: false } }, 'Spawning a notebook is not permitted'],
    [{ quota: { cpu: 0.1, memory: 1, spawn: true } }, 'Insufficient quota to spawn requested lab'],
  ])('a request that chooses nothing is refused to a user with %j', async (changes, msg) => {
    world.users.set('rachel', aUser(changes));
    const answer = await createWithout();

    expect([answer.statusCode, answer.json().detail[0].msg]).toEqual([403, msg]);
  });
});
