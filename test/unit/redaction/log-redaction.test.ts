import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import pino from 'pino';
import { LOG_REDACTION, maskSecrets } from '../../../src/redaction/log-redaction';
import { temporalLogger } from '../../../src/temporal/runtime';

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

const SECRETS: [string, string][] = [
  ['an identity token', token],
  ['a bearer', `Bearer ${token}`],
  ['a password', 'Basic aGlkZGVuOmhpZGRlbg=='],
  ['a token of the hub', 'token 15c42511c3a34ff5hidden'],
];
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

/** The ways to say something at a level. */
const MANNERS: Readonly<Record<string, (log: pino.LogFn, secret: string) => void>> = {
  'a message': (log, secret) => log(`seen: ${secret}`),
  'a message with fields': (log, secret) => log({ user: 'rachel' }, `seen: ${secret}`),
  'a message with values': (log, secret) => log('seen: %s', secret),
  'a message put together of values': (log, secret) => {
    const [scheme, rest = scheme] = secret.split(' ', 2);
    log({}, 'seen: %s %s', scheme, rest);
  },
  'a message with an object': (log, secret) => log('seen: %o', { line: secret }),
  'an error alone': (log, secret) => log(new Error(`seen: ${secret}`)),
  'an error as a field alone': (log, secret) => log({ err: new Error(`seen: ${secret}`) }),
  'an error with a message': (log, secret) => log(new Error(secret), 'seen'),
  'an error with a cause': (log, secret) => log(new Error('seen', { cause: new Error(secret) })),
  'several errors': (log, secret) => log(new AggregateError([new Error(secret)], 'seen')),
  'an error inside other fields': (log, secret) => log({ outcome: { problem: new Error(secret) } }, 'seen'),
};

describe.each(Object.entries(MANNERS))('%s', (_manner, say) => {
  test.each(SECRETS)(
    'a log does not show %s at any level, by a logger or its child',
    async (_what, secret) => {
      for (const level of LEVELS) {
        const line = await logged((logger) => {
          logger.level = 'trace';
          say(logger[level].bind(logger), secret);
          const child = logger.child({ request: 1 });
          say(child[level].bind(child), secret);
        });
        const lines = line.trim().split('\n');
        expect(lines).toHaveLength(2);
        for (const shown of lines) {
          expect(JSON.parse(shown)).toHaveProperty('level');
          expect(shown).toContain('seen');
          expect(shown).not.toMatch(/hidden|gt-1|aGlkZGVu/);
        }
      }
    },
  );
});

test('fields of child loggers are masked', async () => {
  const line = await logged((logger) => logger.child({ token: 'hidden', path: `/?t=${token}` }).info('seen'));
  expect(line).toContain('seen');
  expect(line).not.toMatch(/hidden|gt-1/);
});

test('messages of the Temporal SDK are masked', async () => {
  const line = await logged((logger) => {
    const log = temporalLogger(logger);
    log.warn(`seen: Bearer ${token}`, { headers: { authorization: 'hidden' } });
    log.log('ERROR', `seen: ${token}`, { error: new Error(token) });
  });
  expect(line.match(/seen/g)).toHaveLength(2);
  expect(line).not.toMatch(/hidden|gt-1/);
});

test('messages without secrets are logged as they are', async () => {
  const line = await logged((logger) => {
    logger.info('100% of %d labs of %s', 3, 'rachel');
    logger.info({ user: 'rachel' }, 'lab 100% spawned');
  });
  expect(
    line
      .trim()
      .split('\n')
      .map((said) => JSON.parse(said).msg),
  ).toEqual(['100% of 3 labs of rachel', 'lab 100% spawned']);
});

test('a field of any length is logged with a bounded part of it', async () => {
  const line = await logged((logger) =>
    logger.info({ path: `/${'gt-'.repeat(100_000)}` }, 'x'.repeat(300_000)),
  );
  expect(line.length).toBeLessThan(40_000);
  expect(line).toContain('(300001 characters)');
});
