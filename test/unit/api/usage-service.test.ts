import { createSecretKey, randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { createMetrics } from '../../../src/api/plugins/metrics';
import { createLabTokens } from '../../../src/api/services/lab-tokens';
import { usageUrls, usernameProofs } from '../../../src/api/services/usage-urls';
import { buildLabsApp } from '../../../src/api/usage-service';
import { DomainError } from '../../../src/domain/errors';
import type { LabPlan } from '../../../src/domain/lab-plan';
import type { LastActivity } from '../../../src/domain/last-activity';
import { tokenHash } from '../../../src/identity/token-lookup';
import { sealingKeys } from '../../../src/sealing/keys';
import { createSealer } from '../../../src/sealing/sealer';
import { aRecord } from '../../support/record-builder';
import { aBody, aWorld, headersOf, SETTINGS } from './fakes';

const TOKEN = '15c42511c3a34ff597069b9d40879e35';
const BETHS_TOKEN = 'd0f3f4c1a5e94a0e8d0b5f5b5a0c9e11';
const URL_OF_RACHEL = '/nublado/spawner/v1/labs/rachel/activity';
const INSTANT = '2077-10-23T09:47:00.123456Z';

/** What `jupyterhub-singleuser` sends. */
const REPORT = { servers: { '': { last_activity: INSTANT } }, last_activity: INSTANT };

const tokensOfLabs = new Map([
  ['rachel', TOKEN],
  ['beth', BETHS_TOKEN],
]);

const keyOf = (id: string) => ({ id, key: createSecretKey(randomBytes(32)) });
const OLD_KEY = keyOf('1');
const PROOFS = usernameProofs(createSealer(sealingKeys([OLD_KEY, keyOf('2')])));
const proven = (username: string, proof = PROOFS.of(username)) =>
  `/nublado/spawner/v1/labs/${encodeURIComponent(username)}/activity?proof=${proof}`;

let app: FastifyInstance;
let reported: LastActivity[];
let logged: string[];
let lists: number;
let reads: string[];
let metrics: ReturnType<typeof createMetrics>;

beforeEach(async () => {
  reported = [];
  logged = [];
  lists = 0;
  reads = [];
  metrics = createMetrics();
  app = await buildLabsApp({
    settings: { pathPrefix: '/nublado', timeouts: SETTINGS.timeouts, limits: SETTINGS.limits },
    logger: pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) }),
    metrics,
    reportFailure: () => {},
    proofs: PROOFS,
    tokens: createLabTokens({
      list: async () => {
        lists += 1;
        return [...tokensOfLabs.keys()];
      },
      async read(username) {
        reads.push(username);
        const token = tokensOfLabs.get(username);
        if (!token) throw new DomainError('unknown_user', `Unknown user ${username}`);
        return { ...aRecord(username), hubTokenDigest: tokenHash(token), status: 'running' };
      },
    }),
    report: (activity) => void reported.push(activity),
  });
});

afterEach(() => app.close());

interface Sent {
  readonly url?: string;
  readonly authorization?: string;
  readonly payload?: object | string;
}

function post({ url = URL_OF_RACHEL, authorization = `token ${TOKEN}`, payload = REPORT }: Sent = {}) {
  const headers = { 'content-type': 'application/json', ...(authorization === '' ? {} : { authorization }) };
  return app.inject({ method: 'POST', url, headers, payload });
}

describe('a report', () => {
  test('a report as labs send it to the hub is taken', async () => {
    const answer = await post();

    expect([answer.statusCode, answer.body]).toEqual([204, '']);
    expect(reported).toEqual([
      { username: 'rachel', server: '', lastActivityMs: Date.parse('2077-10-23T09:47:00.123Z') },
    ]);
  });

  test.each(['Token', 'bearer', 'Bearer'])('a report may name the scheme of its token %s', async (scheme) => {
    expect((await post({ authorization: `${scheme} ${TOKEN}` })).statusCode).toBe(204);
  });

  test.each([
    [{ last_activity: INSTANT }, null],
    [{ servers: { large: { last_activity: INSTANT } } }, 'large'],
    [{ last_activity: '2077-10-23T08:00:00+00:00', servers: { '': { last_activity: INSTANT } } }, ''],
  ])('a report of the form %j counts by its latest instant', async (payload, server) => {
    expect((await post({ payload })).statusCode).toBe(204);
    expect(reported).toEqual([{ username: 'rachel', server, lastActivityMs: Date.parse(INSTANT) }]);
  });

  test.each([
    ['nothing', {}, []],
    ['no object', '[1]', []],
    ['nulls', { last_activity: null, servers: null }, []],
    ['no instant', { last_activity: 'yesterday' }, ['last_activity']],
    ['an instant without a zone', { last_activity: '2077-10-23T09:47:00' }, ['last_activity']],
    ['a number', { last_activity: 1_000 }, ['last_activity']],
    ['a server without its activity', { servers: { '': {} } }, ['servers', '', 'last_activity']],
    [
      'two servers',
      { servers: { a: { last_activity: INSTANT }, b: { last_activity: INSTANT } } },
      ['servers'],
    ],
  ])('a report with %s is refused and counts for nothing', async (_what, payload, path) => {
    const answer = await post({ payload });

    expect(answer.statusCode).toBe(422);
    expect(answer.json().detail[0].loc).toEqual(['body', ...path]);
    expect(reported).toEqual([]);
  });

  test('a report that is no JSON, or far too long, is refused', async () => {
    expect((await post({ payload: '{' })).json().detail[0].type).toBe('json_invalid');
    expect((await post({ payload: 'x'.repeat(20_000) })).statusCode).toBe(413);
    expect(reported).toEqual([]);
  });
});

describe('who may report', () => {
  test.each([
    ['a caller without credentials', '', 'Bearer realm="nublado"', 'missing_token'],
    ['a password', 'Basic cmFjaGVsOnNlY3JldA==', 'Bearer realm="nublado"', 'missing_token'],
    ['a wrong token', 'token wrong', 'Bearer realm="nublado", error="invalid_token"', 'invalid_token'],
    [
      'the lab of another',
      `token ${BETHS_TOKEN}`,
      'Bearer realm="nublado", error="invalid_token"',
      'invalid_token',
    ],
  ])('%s may not report', async (_who, authorization, challenge, type) => {
    const answer = await post({ authorization, payload: '{' });

    expect([answer.statusCode, answer.headers['www-authenticate']]).toEqual([401, challenge]);
    expect(answer.json()).toEqual({ detail: [{ msg: expect.any(String), type }] });
    expect(reported).toEqual([]);
  });

  test('an answer to a caller without the lab’s token does not show whether the user has a lab', async () => {
    const unknown = await post({ url: URL_OF_RACHEL.replace('rachel', 'nobody') });
    const wrong = await post({ authorization: `token ${BETHS_TOKEN}` });

    expect([unknown.statusCode, unknown.body]).toEqual([wrong.statusCode, wrong.body]);
  });

  test('labs reach nothing else of the controller', async () => {
    for (const url of ['/', '/nublado', '/nublado/spawner/v1/labs', '/nublado/spawner/v1/labs/rachel']) {
      expect([url, (await app.inject(url)).statusCode]).toEqual([url, 404]);
    }
    expect((await app.inject(URL_OF_RACHEL)).statusCode).toBe(405);
  });

  test('tokens are neither logged nor repeated, nor are usernames made into metrics', async () => {
    const answers = [await post(), await post({ authorization: `token ${BETHS_TOKEN}` })];
    const page = await metrics.registry.metrics();
    const texts = [...answers.map(({ body, headers }) => body + JSON.stringify(headers)), ...logged, page];

    expect(logged.join()).toContain(URL_OF_RACHEL);
    expect(page).toContain('route="/nublado/spawner/v1/labs/:username/activity",status="204"');
    expect(page).not.toContain('rachel');
    expect(texts.join()).not.toMatch(new RegExp(`${TOKEN}|${BETHS_TOKEN}|${tokenHash(TOKEN).slice(0, 20)}`));
  });
});

describe('a name', () => {
  test('a name that the controller has put into the URL has its lab looked up, and no list is read', async () => {
    expect((await post({ url: proven('rachel') })).statusCode).toBe(204);
    expect([reads, lists]).toEqual([['rachel'], 0]);
  });

  test('a name that is invented is refused without a look at any lab, however many there are', async () => {
    const invented = Array.from({ length: 100 }, (_, index) => `invented-${index}`);
    const urls = invented.flatMap((name) => [
      `/nublado/spawner/v1/labs/${name}/activity`,
      proven(name, PROOFS.of('rachel')),
      proven(name, 'x&proof=y'),
    ]);
    const statuses = new Set<number>();
    for (const url of urls) statuses.add((await post({ url })).statusCode);

    expect([...statuses]).toEqual([401]);
    expect([reads, lists]).toEqual([[], 1]);
  });

  test('a name of a running lab without a proof is taken, as labs of earlier versions report', async () => {
    const answers = [await post(), await post({ url: URL_OF_RACHEL.replace('rachel', 'beth') })];

    expect(answers.map(({ statusCode }) => statusCode)).toEqual([204, 401]);
    expect(lists).toBe(1);
  });

  test('a name is proven by any key that is still there', async () => {
    const earlier = usernameProofs(createSealer(sealingKeys([OLD_KEY])));
    const foreign = usernameProofs(createSealer(sealingKeys([keyOf('1')])));

    expect(PROOFS.of('rachel')).not.toBe(earlier.of('rachel'));
    expect(PROOFS.isOf('rachel', earlier.of('rachel'))).toBe(true);
    expect(PROOFS.isOf('rachel', foreign.of('rachel'))).toBe(false);
    expect(PROOFS.isOf('beth', earlier.of('rachel'))).toBe(false);
  });

  test('a name may have any characters', async () => {
    tokensOfLabs.set('a/b@example.com', TOKEN);
    const answer = await post({ url: proven('a/b@example.com') });
    tokensOfLabs.delete('a/b@example.com');

    expect([answer.statusCode, lists]).toEqual([204, 0]);
  });
});

describe('a new lab', () => {
  const HUBS_URL = 'http://hub:8081/hub/api/users/rachel/activity';

  /** What a lab is accepted with, and what the API then tells of it. */
  async function accepted(
    hub: Parameters<typeof usageUrls>[0]['hub'],
    variables: Readonly<Record<string, string>>,
  ) {
    const plans: LabPlan[] = [];
    const world = await aWorld({
      usageUrlOf: usageUrls({ hub, pathPrefix: '/nublado/' }, PROOFS),
      labs: {
        create: async ({ plan }) => void plans.push(plan),
        read: async () => ({ ...aRecord(), hubTokenDigest: tokenHash(TOKEN), status: 'running' }),
        list: async () => [],
        remove: async () => {},
      },
    });
    const url = '/nublado/spawner/v1/labs/rachel';
    const payload = aBody({}, { JUPYTERHUB_ACTIVITY_URL: HUBS_URL, ...variables });
    await world.app.inject({ method: 'POST', url: `${url}/create`, headers: headersOf('rachel'), payload });
    const state = await world.app.inject(url);
    await world.app.close();
    const { environment } = JSON.parse(Buffer.from(plans[0]?.secrets.ciphertext ?? '', 'base64').toString());
    return { plan: plans[0], sealed: environment, state: state.body };
  }

  const ON = { aggregateActivity: true, activityUrl: 'http://nublado:8082/' };

  test('a new lab reports to the controller, and its token is kept as a digest that no answer shows', async () => {
    const { plan, sealed, state } = await accepted(ON, { JUPYTERHUB_API_TOKEN: TOKEN });

    expect(sealed).toMatchObject({ JUPYTERHUB_ACTIVITY_URL: `http://nublado:8082${proven('rachel')}` });
    expect(plan?.hubTokenDigest).toBe(tokenHash(TOKEN));
    expect(JSON.stringify(plan)).not.toContain(TOKEN);
    expect(state).toContain('running');
    expect(state).not.toContain(tokenHash(TOKEN));
  });

  test.each([
    ['the function is off', { ...ON, aggregateActivity: false }, TOKEN],
    ['no hub is configured', null, TOKEN],
    ['the hub gave it no token', ON, ''],
  ])('a new lab reports to the hub where %s', async (_where, hub, token) => {
    const { plan, sealed } = await accepted(hub, { JUPYTERHUB_API_TOKEN: token });

    expect(sealed).toMatchObject({ JUPYTERHUB_ACTIVITY_URL: HUBS_URL });
    expect(plan).not.toHaveProperty('hubTokenDigest');
  });
});
