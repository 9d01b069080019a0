import { createHash } from 'node:crypto';
import {
  type CreatedFileServer,
  createdPage,
  durationText,
} from '../../../../src/api/file-server-pages/created';
import { elementsOf } from '../../../support/parsed-html';

const SERVER: CreatedFileServer = {
  username: 'rachel',
  url: 'https://data.example.com/files/rachel',
  creatorUrl: 'https://data.example.com/files',
  idleTimeoutMs: 3_600_000,
  passwordCheck: 'gafaelfawr',
  tokensUrl: 'https://data.example.com/auth/tokens',
};

const codesOf = (changes: Partial<CreatedFileServer> = {}): string[] =>
  elementsOf(createdPage({ ...SERVER, ...changes }).text).flatMap(({ name, text }) =>
    name === 'code' ? [text] : [],
  );

test('the page has what each program is told, with the schemes that they know', () => {
  expect(codesOf()).toEqual([
    'rachel',
    'write:files',
    'https://data.example.com/files/rachel',
    'https://data.example.com/files/rachel',
    'FileSizeLimitInBytes',
    'davs://data.example.com/files/rachel',
    'webdavs://data.example.com/files/rachel',
    expect.stringContaining('sudo mount -t davfs'),
    expect.stringContaining('rclone config create'),
  ]);
  expect(codesOf({ url: 'http://localhost:1/files/rachel' })).toEqual(
    expect.arrayContaining(['dav://localhost:1/files/rachel', 'webdav://localhost:1/files/rachel']),
  );
});

test('names are shown as text', () => {
  const username = '<script>alert(1)</script>';
  const page = createdPage({ ...SERVER, username, url: `https://data.example.com/"><b>${username}` }).text;

  expect(elementsOf(page).filter(({ name }) => name === 'script')).toEqual([]);
  expect(page).toContain('&lt;script&gt;');
});

test('the style is what the policy permits, and there is nothing else in the page to load', () => {
  const { contentSecurityPolicy, text } = createdPage(SERVER);
  const sheet = /<style>([^]*)<\/style>/.exec(text)?.[1] ?? '';
  const digest = createHash('sha256').update(sheet).digest('base64');

  expect(contentSecurityPolicy).toContain(`style-src 'sha256-${digest}'`);
  expect(elementsOf(text).filter(({ attributes }) => 'src' in attributes || 'style' in attributes)).toEqual(
    [],
  );
});

test.each([
  [3_600_000, '1 hour'],
  [7_200_000, '2 hours'],
  [5_400_000, '90 minutes'],
  [86_400_000, '1 day'],
  [90_000, '90 seconds'],
  [2_500, '3 seconds'],
  [1, '1 second'],
])('%i ms are %s', (milliseconds, text) => {
  expect(durationText(milliseconds)).toBe(text);
});
