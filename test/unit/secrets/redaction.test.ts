import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import pino from 'pino';
import { LOG_REDACTION, maskSecrets } from '../../../src/secrets/redaction';

const token = 'gt-1PhgAeB-9Fsa-N1NhuTu_w.oRvMvAQp1bWfx8KCJKNohg';

/** The line that `write` makes a logger print. */
async function logged(write: (logger: pino.Logger) => void): Promise<string> {
  const output = new PassThrough();
  write(pino(LOG_REDACTION, output));
  output.end();
  return text(output);
}

test.each([
  ['request headers', { req: { headers: { authorization: `Bearer ${token}`, host: 'seen' } } }],
  ['a delegated token header', { headers: { 'x-auth-request-token': 'hidden', host: 'seen' } }],
  ['cookies', { res: { headers: { 'set-cookie': ['hidden'], host: 'seen' } } }],
  ['headers of another spelling, somewhere deep', { a: [{ b: { Authorization: 'hidden', c: 'seen' } }] }],
  ['a token field', { user: { token: 'hidden', name: 'seen' } }],
  ['hub variables', { env: { JUPYTERHUB_API_TOKEN: 'hidden', PATH: 'seen' } }],
  ['a password', { database: { adminPassword: 'hidden', host: 'seen' } }],
  ['a token inside text', { url: `https://x/?t=${token}&u=seen` }],
  ['the raw headers of a request', { headers: { authorization: 'token hidden', host: 'seen' } }],
  ['JupyterHub’s scheme inside text', { line: 'seen: Authorization: token 15c42511c3a34ff5hidden' }],
  ['credentials inside text', { line: 'seen: authorization is Basic aGlkZGVuOmhpZGRlbg==' }],
])('%s are not logged', async (_, fields) => {
  const line = await logged((logger) => logger.info(fields, 'said'));
  expect(line).toContain('seen');
  expect(line).toContain('[redacted]');
  expect(line).not.toMatch(/hidden|gt-1|aGlkZGVu/);
});

test('a token in an error’s message and stack is not logged', async () => {
  const line = await logged((logger) => logger.error(new Error(`seen: refused Bearer ${token}`), 'failed'));
  expect(line).toContain('seen');
  expect(line).not.toContain('gt-1');
});

test('other fields are logged as they are', async () => {
  const fields = {
    user: 'rachel',
    image: 'a/b:c',
    tokens: 3,
    hasToken: true,
    list: [1, null],
    at: new Date(0),
  };
  const line: unknown = JSON.parse(await logged((logger) => logger.info(fields, 'lab spawned')));
  expect(line).toMatchObject({ ...fields, at: '1970-01-01T00:00:00.000Z', msg: 'lab spawned' });
});

test('masking copies, and survives cycles', () => {
  const value: Record<string, unknown> = { token: 'hidden' };
  value['self'] = value;
  expect(JSON.stringify(maskSecrets(value))).not.toContain('hidden');
  expect(value['token']).toBe('hidden');
});
