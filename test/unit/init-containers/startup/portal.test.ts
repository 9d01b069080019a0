import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readPortalUrl } from '../../../../src/init-containers/startup/portal';
import type { Variables } from '../../../../src/init-containers/variables';

const PORTAL = { services: { ui: { portal: { url: 'https://data.example/portal/app' } } } };

let server: Server;
let answer: {
  readonly status: number;
  readonly body: string;
  readonly path?: string;
  readonly location?: string;
};
let base: string;

async function addressOf(server: Server): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  server = createServer((request, response) => {
    const isFound = request.url === (answer.path ?? '/repertoire/discovery');
    const headers = answer.location === undefined ? {} : { location: answer.location };
    response.writeHead(isFound ? answer.status : 404, headers).end(answer.body);
  });
  base = await addressOf(server);
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function portal(variables: Variables): Promise<{ url: string | null; lines: string[] }> {
  const lines: string[] = [];
  return { url: await readPortalUrl(variables, (line) => lines.push(line)), lines };
}

describe('the portal', () => {
  test('the portal is found by service discovery', async () => {
    answer = { status: 200, body: JSON.stringify(PORTAL) };
    for (const variables of [
      { REPERTOIRE_BASE_URL: `${base}/repertoire/` },
      { EXTERNAL_INSTANCE_URL: base },
    ]) {
      expect(await portal(variables)).toEqual({ url: 'https://data.example/portal/app', lines: [] });
    }
  });

  test.each([
    [200, '{"services": {"ui": null}}', 'service discovery knows no portal'],
    [500, '', 'service discovery failed: status 500'],
  ])('the portal is done without when the answer is %i %s', async (status, body, reason) => {
    answer = { status, body };
    expect(await portal({ REPERTOIRE_BASE_URL: `${base}/repertoire` })).toEqual({
      url: null,
      lines: [`warning: FIREFLY_URL is not set: ${reason}`],
    });
  });

  test('the portal is done without when the answer is no JSON', async () => {
    answer = { status: 200, body: '<html>' };
    const { url, lines } = await portal({ REPERTOIRE_BASE_URL: `${base}/repertoire` });
    expect(url).toBeNull();
    expect(lines).toEqual([
      expect.stringMatching(/^warning: FIREFLY_URL is not set: service discovery failed: /),
    ]);
  });

  test('the portal is done without when the answer is longer than is taken', async () => {
    answer = { status: 200, body: JSON.stringify({ ...PORTAL, more: 'x'.repeat(2 ** 23) }) };
    const { url, lines } = await portal({ REPERTOIRE_BASE_URL: `${base}/repertoire` });
    expect(url).toBeNull();
    expect(lines.join()).toContain('a document of more than 4194304 bytes');
  });

  test('the portal is not looked for where the answer redirects to', async () => {
    answer = { status: 302, body: '', location: 'http://elsewhere.example.org/discovery' };
    expect(await portal({ REPERTOIRE_BASE_URL: `${base}/repertoire` })).toMatchObject({ url: null });
  });

  test('the portal is done without when there is no response', async () => {
    const gone = createServer();
    const url = await addressOf(gone);
    await new Promise((resolve) => gone.close(resolve));
    expect((await portal({ REPERTOIRE_BASE_URL: url })).lines).toEqual([
      'warning: FIREFLY_URL is not set: service discovery failed: fetch failed: connection refused',
    ]);
  });

  test('the portal is not asked for where there is no service discovery', async () => {
    expect(await portal({})).toEqual({ url: null, lines: [] });
  });
});
