import { bearerAuthentication } from '../../../src/api/authentication/bearer';
import type { LabPlan } from '../../../src/domain/lab-plan';
import { bearer, rachel, source } from './bearer-source';
import { aBody, aWorld, type World } from './fakes';

const LABS = '/nublado/spawner/v1/labs';

let world: World;
let plans: LabPlan[];

afterEach(() => world.app.close());

describe('the identity of a lab', () => {
  const sent = { name: 'Beth', uid: 1202, gid: 1203, groups: [{ name: 'science', id: 2202 }] };

  beforeEach(async () => {
    plans = [];
    world = await aWorld({
      authentication: bearerAuthentication(source),
      labs: {
        create: async ({ plan }) => void plans.push(plan),
        read: () => Promise.reject(new Error('unused')),
        list: async () => [],
        remove: async () => {},
      },
    });
  });

  const create = (username: string, token: string, user?: unknown) =>
    world.app.inject({
      method: 'POST',
      url: `${LABS}/${username}/create`,
      headers: bearer(token),
      payload: { ...aBody(), user },
    });

  test('the identity of a lab is the caller’s own, and there is no token to delegate', async () => {
    await create('rachel', 'rachels-token');

    expect(plans[0]?.user).toEqual(rachel);
    const secrets = JSON.parse(Buffer.from(plans[0]?.secrets.ciphertext ?? '', 'base64').toString());
    expect(secrets).toMatchObject({ token: null, hubEnvironment: { JUPYTERHUB_API_TOKEN: 'hub-secret' } });
  });

  test('the identity of a lab is the configured one when an administrator names the user', async () => {
    await create('rachel', 'the-hubs-token');

    expect(plans[0]?.user).toEqual(rachel);
  });

  test('the identity of a lab is what an administrator sends, with the primary group', async () => {
    await create('beth', 'the-hubs-token', sent);

    expect(plans[0]?.user).toEqual({
      ...sent,
      username: 'beth',
      groups: [{ name: 'beth', id: 1203 }, ...sent.groups],
      quota: null,
    });
  });

  test('the identity of a lab may be sent without a name and groups', async () => {
    await create('beth', 'the-hubs-token', { uid: 1202, gid: 1203 });

    expect(plans[0]?.user).toMatchObject({ name: null, groups: [{ name: 'beth', id: 1203 }] });
  });

  test('the identity of a lab cannot be sent by a user, not even for themselves', async () => {
    const answer = await create('rachel', 'rachels-token', { uid: 1, gid: 1 });

    expect([answer.statusCode, answer.json()]).toEqual([
      403,
      {
        detail: [
          {
            loc: ['body', 'user'],
            msg: 'Only administrators may say who a user is',
            type: 'permission_denied',
          },
        ],
      },
    ]);
    expect(plans).toEqual([]);
  });

  test.each([
    ['beth', 'beths-token', undefined],
    ['beth', 'the-hubs-token', undefined],
    ['beth', 'the-hubs-token', null],
    ['beth', 'the-hubs-token', { uid: 0, gid: 1 }],
  ])('the identity of a lab without a UID makes no lab (%s, %s, %j)', async (username, token, user) => {
    const answer = await create(username, token, user);

    expect(answer.statusCode).toBe(403);
    expect(answer.json().detail[0].msg).toBe('Must have a UID to spawn labs');
    expect(plans).toEqual([]);
  });

  test.each<[unknown, (string | number)[], string]>([
    [7, ['body', 'user'], 'model_attributes_type'],
    [{ gid: 1 }, ['body', 'user', 'uid'], 'missing'],
    [{ uid: '1', gid: 1 }, ['body', 'user', 'uid'], 'float_type'],
    [{ uid: 1.5, gid: 1 }, ['body', 'user', 'uid'], 'int_type'],
    [{ uid: 1, gid: 1, name: 7 }, ['body', 'user', 'name'], 'string_type'],
    [{ uid: 1, gid: 1, groups: [{ name: 'g' }] }, ['body', 'user', 'groups', 0, 'id'], 'missing'],
  ])('the identity of a lab that is sent as %j is refused', async (user, loc, type) => {
    const answer = await create('beth', 'the-hubs-token', user);

    expect(answer.statusCode).toBe(422);
    expect(answer.json().detail).toEqual([expect.objectContaining({ loc, type })]);
  });
});
