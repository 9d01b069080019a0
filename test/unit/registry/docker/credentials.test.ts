import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { readDockerCredentials } from '../../../../src/registry/docker/credentials';

const SECRET = 'swordfish:1234';
const encoded = (user: string, password = SECRET) => Buffer.from(`${user}:${password}`).toString('base64');
const basic = (user: string) => `Basic ${encoded(user)}`;

let directory: string;
let path: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'docker-config-'));
  path = join(directory, 'config.json');
});

afterAll(() => rmSync(directory, { recursive: true }));

function reading(content: unknown, registry = 'registry.example.com:5000', repository = 'team/lab') {
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return readDockerCredentials(path, registry, repository);
}

const auths = (...hosts: string[]) => ({
  auths: Object.fromEntries(hosts.map((host) => [host, { auth: encoded(host.replaceAll(':', '-')) }])),
});

test.each([
  [
    ['example.com:5000', 'registry.example.com:5000'],
    'registry.example.com:5000',
    'registry.example.com-5000',
  ],
  [['other.com', 'example.com', 'com'], 'registry.example.com', 'example.com'],
  [['com', 'example.com'], 'registry.example.com', 'com'],
  [['https://registry.example.com/v2/'], 'Registry.example.com', 'https-//registry.example.com/v2/'],
  [['https://index.docker.io/v1/'], 'docker.io', 'https-//index.docker.io/v1/'],
])('of %j, %s is the one of %s', (hosts, registry, user) => {
  const { credentials, hints } = reading(auths(...hosts), registry);

  expect(credentials.map((found) => found.authorization())).toEqual([basic(user)]);
  expect(hints).toEqual([]);
});

test('of several entries for one repository all are found, the longest path first', () => {
  const names = [
    'registry.example.com/team',
    'registry.example.com',
    '*.example.com',
    'registry.example.com/other',
  ];
  const { credentials } = reading(auths(...names), 'registry.example.com');

  expect(credentials.map((found) => found.authorization())).toEqual(
    ['registry.example.com/team', 'registry.example.com', '*.example.com'].map(basic),
  );
});

test.each([
  ['user and password', { username: 'ada', password: SECRET }],
  ['both, of which auth counts', { auth: encoded('ada'), username: 'other', password: 'x' }],
  ['auth without padding', { auth: encoded('ada').replaceAll('=', '') }],
  ['an empty auth beside user and password', { auth: '', username: 'ada', password: SECRET }],
  ['what is null', { auth: null, username: 'ada', password: SECRET, identitytoken: null }],
])('an entry with %s is read', (_, entry) => {
  const { credentials } = reading({ auths: { 'registry.example.com:5000': entry, 'other.org': null } });

  expect(credentials.map((found) => found.authorization())).toEqual([basic('ada')]);
});

test('the older form without "auths" is read', () => {
  const { credentials } = reading({
    'https://registry.example.com:5000': { auth: encoded('ada'), email: 'a@b' },
  });

  expect(credentials.map((found) => found.authorization())).toEqual([basic('ada')]);
});

test('a host whose name only ends alike is no parent domain', () => {
  expect(reading(auths('example.com'), 'badexample.com').credentials).toEqual([]);
});

test('a password may have colons, and shows in nothing', () => {
  const { credentials } = reading(auths('registry.example.com:5000'));

  expect(credentials[0]?.authorization()).toBe(basic('registry.example.com-5000'));
  const shown = `${JSON.stringify({ credentials })} ${inspect(credentials, { showHidden: true, depth: 9 })}`;
  for (const secret of [SECRET, encoded('registry.example.com-5000')]) expect(shown).not.toContain(secret);
});

test.each([
  [
    { credsStore: 'desktop', auths: { 'registry.example.com:5000': {} } },
    /names a credential helper, which is not run here: only the program docker-credential-desktop could answer/,
  ],
  [
    { credHelpers: { 'registry.example.com:5000': 'gcloud' } },
    /the program docker-credential-gcloud could answer/,
  ],
  [
    { credsStore: 'desktop', credHelpers: { 'registry.example.com:5000': 'ecr-login' } },
    /the program docker-credential-ecr-login could answer/,
  ],
  [
    { auths: { 'registry.example.com:5000': { identitytoken: SECRET } } },
    /it has but a token for it, which neither/,
  ],
  [
    { auths: { 'registry.example.com:5000': { registrytoken: SECRET } } },
    /it has but a token for it, which neither/,
  ],
  [{ auths: { 'registry.example.com:5000': { username: 'ada' } } }, /it has no "auth" for it/],
  [{ auths: null, credsStore: null, credHelpers: null }, /it has no "auth" for it/],
  [{ auths: { 'registry.example.com:5000': { auth: '' } } }, /it has no "auth" for it/],
  [{}, /it has no "auth" for it/],
])('a file without usable credentials is explained: %j', (content, hint) => {
  const found = reading(content);

  expect(found.credentials).toEqual([]);
  expect(found.hints).toEqual([expect.stringMatching(hint)]);
});

test('a missing file means none, with a hint', () => {
  const missing = join(directory, 'missing.json');

  expect(readDockerCredentials(missing, 'docker.io', 'x')).toEqual({
    credentials: [],
    hints: [`${missing} does not exist: registry docker.io is asked without credentials`],
  });
});

test.each([
  [`{"auths": {"x": {"auth": "${encoded('x')}"`, 'are not JSON'],
  ['[]', 'not a Docker config.json'],
  [JSON.stringify({ auths: { x: encoded('x') } }), 'at "auths"'],
  [
    JSON.stringify({ auths: { 'registry.example.com:5000': { auth: `${SECRET}!` } } }),
    'is not user:password in Base64',
  ],
  [
    JSON.stringify({
      auths: { 'registry.example.com:5000': { auth: Buffer.from(`:${SECRET}`).toString('base64') } },
    }),
    'is not user:password in Base64',
  ],
])('a broken file is refused without showing what is in it', (content, words) => {
  let shown = '';
  try {
    reading(content);
  } catch (error) {
    shown = inspect(error, { depth: 9 });
  }

  expect(shown).toContain(`${path}: `);
  expect(shown).toContain(words);
  for (const secret of [SECRET, encoded('x')]) expect(shown).not.toContain(secret);
});

test('a file that cannot be read gives the reason', () => {
  expect(() => readDockerCredentials(directory, 'docker.io', 'x')).toThrow(
    `${directory}: the Docker credentials cannot be read: EISDIR`,
  );
});
