import { inspect } from 'node:util';
import { parseConfig } from '../../../../src/config/config';
import { normalisedConfig } from '../../../../src/config/documents/normalised';
import { aDocument, ENVIRONMENT } from '../sample-documents';

const parse = (environment: Readonly<Record<string, string>>, keys: Readonly<Record<string, unknown>> = {}) =>
  parseConfig(JSON.stringify(aDocument(keys)), { ...ENVIRONMENT, ...environment }).config;

const proxiesOf = (environment: Readonly<Record<string, string>>) => {
  const { https, http, bypass } = parse(environment).proxies;
  return { https: https?.reveal() ?? null, http: http?.reveal() ?? null, bypass };
};

test.each([
  [{}, { https: null, http: null, bypass: '' }],
  [
    { HTTPS_PROXY: '', HTTP_PROXY: ' ' },
    { https: null, http: null, bypass: '' },
  ],
  [
    { HTTPS_PROXY: 'http://upper:1', HTTP_PROXY: 'http://upper:2', NO_PROXY: 'a,b' },
    { https: 'http://upper:1', http: 'http://upper:2', bypass: 'a,b' },
  ],
  [
    { HTTPS_PROXY: 'http://upper:1', https_proxy: 'https://lower:1', NO_PROXY: 'a', no_proxy: 'b' },
    { https: 'https://lower:1', http: null, bypass: 'b' },
  ],
  [
    { http_proxy: 'proxy.example.org:3128' },
    { https: null, http: 'http://proxy.example.org:3128', bypass: '' },
  ],
])('the variables %j give the proxies %j', (environment, expected) => {
  expect(proxiesOf(environment)).toEqual(expected);
});

test('the password of a proxy shows in no configuration that is printed', () => {
  const config = parse({ HTTPS_PROXY: 'http://ada:swordfish@proxy.example.org' });

  const shown = `${inspect(config, { depth: 9 })} ${JSON.stringify(config)} ${JSON.stringify(normalisedConfig(config))}`;
  expect(shown).not.toContain('swordfish');
});

test.each(['socks5://ada:swordfish@proxy', 'http://', '://x'])(
  'the proxy %s is refused without showing it',
  (url) => {
    const parsing = () => parse({ HTTPS_PROXY: url });

    expect(parsing).toThrow('HTTPS_PROXY: the value is not the URL of an http or https proxy');
    expect(parsing).toThrow(expect.objectContaining({ message: expect.not.stringContaining('swordfish') }));
  },
);

test('service discovery over plain HTTP is refused outside of the cluster, unless its host is listed', () => {
  const discovery = { REPERTOIRE_BASE_URL: 'http://data.example.org/repertoire' };
  const outgoing = { plainHttpHosts: ['data.example.org'] };

  expect(() => parse(discovery)).toThrow(
    'REPERTOIRE_BASE_URL: "http://data.example.org/repertoire" is plain HTTP',
  );
  expect(parse(discovery, { outgoing }).outgoing.plainHttpHosts).toEqual(['data.example.org']);
  expect(parse({ REPERTOIRE_BASE_URL: 'http://repertoire.repertoire:8080' }).outgoing).toEqual({
    plainHttpHosts: [],
    identityOrigins: null,
    proxies: 'registries',
  });
});
