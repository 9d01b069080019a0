import { type Answer, json } from '../../kubernetes/scripted-server';
import { bare, clientOf, closeServers, failureOf, hostOf, serving, text } from '../registries';

afterEach(closeServers);

const tags = (list: readonly unknown[] | null, headers: Record<string, string> = {}) =>
  json(200, { name: 'sciplat/lab', tags: list }, headers);

describe('a list of tags', () => {
  test('a list of tags is read page by page, by the links of the registry', async () => {
    const server = await serving(
      tags(['w_1', 'w_2'], { link: '</v2/sciplat/lab/tags/list?last=w_2&n=2>; rel="next"' }),
      tags(['w_3'], {
        link: '<list?last=w_3>; title="a, b"; rel=next, <https://elsewhere.org/>; rel="help"',
      }),
      tags(['w_3', 'w_4'], { link: '<list>; rel="prev"' }),
    );

    expect(await clientOf(server, { pageSize: 2 }).listTags()).toEqual(['w_1', 'w_2', 'w_3', 'w_4']);
    expect(server.requests.map(({ method, path, query }) => [method, path, query])).toEqual([
      ['GET', '/v2/sciplat/lab/tags/list', { n: '2' }],
      ['GET', '/v2/sciplat/lab/tags/list', { last: 'w_2', n: '2' }],
      ['GET', '/v2/sciplat/lab/tags/list', { last: 'w_3' }],
    ]);
  });

  test('a list of tags of a repository without tags is empty', async () => {
    expect(await clientOf(await serving(tags(null))).listTags()).toEqual([]);
    expect(await clientOf(await serving(tags([]))).listTags()).toEqual([]);
  });

  test('a list of tags leaves out what no reference could name', async () => {
    const odd = ['fine', '', '../../secrets', 'a b', '-x', 'x'.repeat(129), 'UPPER.1-x', 'ünder'];

    expect(await clientOf(await serving(tags(odd))).listTags()).toEqual(['fine', 'UPPER.1-x']);
  });

  test('a list of tags that goes round in circles is refused', async () => {
    const server = await serving(
      tags(['a'], { link: '<list?last=a>; rel="next"' }),
      tags(['b'], { link: '<list>; rel="next"' }),
    );

    expect(await failureOf(clientOf(server).listTags())).toMatchObject({
      problem: 'broken',
      message: `Docker registry ${hostOf(server)} continues its list of tags for ever`,
    });
  });

  test.each([
    ['another host', (other: string) => `<http://${other}/v2/sciplat/lab/tags/list?last=a>; rel="next"`],
    [
      'another protocol',
      (_: string, own: string) => `<https://${own}/v2/sciplat/lab/tags/list?last=a>; rel="next"`,
    ],
    ['another port', () => '<http://127.0.0.1:1/v2/sciplat/lab/tags/list?last=a>; rel="next"'],
    [
      'a host that hides behind a user name',
      (other: string, own: string) => `<http://${own}@${other}/v2/sciplat/lab/tags/list?last=a>; rel=next`,
    ],
    ['the same host without naming it', () => '<?last=a>; rel="next"'],
    [
      'a host without a scheme',
      (other: string) => `<//${other}/v2/sciplat/lab/tags/list?last=a>; rel="next"`,
    ],
  ])(
    'a list of tags that goes on at %s is read on at the registry itself, and nothing is sent elsewhere',
    async (_what, link) => {
      const other = await serving(tags(['stolen']));
      let own = '';
      const server = await serving((response, request) =>
        request.query['last'] === undefined
          ? tags(['a'], { link: link(hostOf(other), own) })(response, request)
          : tags(['b'])(response, request),
      );
      own = hostOf(server);

      expect(await clientOf(server).listTags()).toEqual(['a', 'b']);
      expect(other.connections()).toBe(0);
      expect(server.requests.map(({ path }) => path)).toEqual(Array(2).fill('/v2/sciplat/lab/tags/list'));
    },
  );

  test.each(['<mailto:a@example.org>; rel="next"', '<http://>; rel="next"'])(
    'a list of tags that goes on at %s is refused',
    async (link) => {
      const server = await serving(tags(['a'], { link }));

      expect(await failureOf(clientOf(server).listTags())).toMatchObject({ problem: 'broken' });
    },
  );

  test('a list of tags whose pages have nothing new is refused, whatever their links are', async () => {
    let page = 0;
    const server = await serving((response, request) => {
      page += 1;
      return tags(['a', 'b'], { link: `<list?page=${page}>; rel="next"` })(response, request);
    });

    expect(await failureOf(clientOf(server).listTags())).toMatchObject({ problem: 'broken' });
    expect(server.requests).toHaveLength(2);
  });

  test('a list of tags may leave out its name', async () => {
    expect(await clientOf(await serving(json(200, { tags: ['a'] }))).listTags()).toEqual(['a']);
  });

  test('a list of tags of an unknown repository has its own error', async () => {
    const server = await serving(json(404, { errors: [{ code: 'NAME_UNKNOWN' }] }));

    expect(await failureOf(clientOf(server).listTags())).toMatchObject({
      problem: 'notFound',
      status: 404,
      isTemporary: false,
      message: `Docker registry ${hostOf(server)} has no repository sciplat/lab`,
    });
  });

  test.each<[string, Answer, string]>([
    [
      'a web page',
      text('<!DOCTYPE html><title>Log in</title>'),
      'a web page instead of JSON; check host and port',
    ],
    ['truncated JSON', text('{"tags": ["w_1", "w_'), 'broken JSON'],
    ['nothing', bare(200), 'broken JSON'],
    ['another document', json(200, { errors: [] }), 'without a list of tags'],
    ['tags that are no texts', tags(['a', 7]), 'without a list of tags'],
    ['a status that makes no sense', bare(302), 'with status 302'],
    ['no permission', bare(403), 'does not allow us to list tags'],
  ])('a list of tags is refused when the answer is %s', async (_what, answer, words) => {
    const failure = await failureOf(clientOf(await serving(answer)).listTags());

    expect(failure.message).toContain(words);
    expect(failure.isTemporary).toBe(false);
    expect(failure.message).not.toContain('w_1');
  });

  test('a list of tags ends in the middle when the connection does, which is worth another try', async () => {
    const server = await serving((response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"tags": [', () => response.destroy());
    });

    expect(await failureOf(clientOf(server).listTags())).toMatchObject({ problem: 'unavailable' });
  });
});
