import { SecretText } from '../../../src/config/secret-text';
import { createStaticTokenSource } from '../../../src/identity/static';

const source = createStaticTokenSource([
  {
    username: 'rachel',
    token: new SecretText('rachels-token'),
    admin: false,
    name: 'Rachel Carson',
    uid: 1101,
    gid: 1101,
    groups: [{ name: 'science', id: 2202 }],
  },
  {
    username: 'hub',
    token: new SecretText('the-hubs-token'),
    admin: true,
    name: null,
    uid: 1,
    gid: 1,
    groups: [],
  },
]);

test('a token is its user’s, with their IDs and their primary group', async () => {
  expect(await source.ownerOf('rachels-token')).toEqual({
    name: 'rachel',
    isAdministrator: false,
    user: {
      username: 'rachel',
      name: 'Rachel Carson',
      uid: 1101,
      gid: 1101,
      groups: [
        { name: 'rachel', id: 1101 },
        { name: 'science', id: 2202 },
      ],
      quota: null,
    },
  });
});

test('an administrator’s token is recognised', async () => {
  expect(await source.ownerOf('the-hubs-token')).toMatchObject({ name: 'hub', isAdministrator: true });
});

test.each(['', 'rachels-toke', 'rachels-token ', 'Rachels-token', '**********'])(
  'the token %j belongs to no user',
  async (token) => {
    await expect(source.ownerOf(token)).rejects.toMatchObject({
      code: 'invalid_token',
      message: 'Token is invalid',
    });
  },
);

test('users are known by name; others have no IDs', () => {
  expect(source.userNamed('rachel')).toMatchObject({ uid: 1101, gid: 1101 });
  expect(source.userNamed('beth')).toMatchObject({ username: 'beth', uid: null, gid: null, groups: [] });
});
