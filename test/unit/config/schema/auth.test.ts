import { aDocument, documentProblems, parsed } from '../sample-documents';

const rachel = { username: 'rachel', token: 'rachels-token', uid: 1101, gid: 1101 };

const staticProblems = (...users: object[]): string[] =>
  documentProblems({ auth: { type: 'static', users } }, {});

test('Gafaelfawr authenticates by default', () => {
  expect(parsed(aDocument()).config.auth).toEqual({
    type: 'gafaelfawr',
    userInfoCacheMs: 300_000,
    userInfoCacheSize: 1000,
  });
});

test('static users need nothing of the environment, and their tokens do not print', () => {
  const { config } = parsed(aDocument({ auth: { type: 'static', users: [rachel] } }), {});

  expect(config.auth).toMatchObject({ users: [{ username: 'rachel', admin: false, groups: [] }] });
  expect(JSON.stringify(config)).not.toContain(rachel.token);
});

test('two users cannot share a name or a token, and the token is not shown', () => {
  const problems = staticProblems(
    rachel,
    { ...rachel, token: 'another-token' },
    { ...rachel, username: 'beth' },
  );

  expect(problems).toEqual([
    'auth.users[1].username: "rachel" is the username of an earlier user',
    'auth.users[2].token: the value is the token of "rachel" too; give each user their own',
  ]);
});

test.each(['short', 'has a blank in it', 'größer-als-acht'])('a token %j is refused unseen', (token) => {
  const [problem = '', ...others] = staticProblems({ ...rachel, token });

  expect(others).toEqual([]);
  expect(problem).toMatch(/^auth\.users\[0\]\.token: .* is not a token of at least 8 visible characters/);
  expect(problem).not.toContain(token);
});

test('JupyterHub needs the URL of its API', () => {
  expect(documentProblems({ auth: { type: 'jupyterhub' } }, {})).toEqual(['auth.apiUrl: is required']);
});
