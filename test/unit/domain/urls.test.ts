import {
  isClusterService,
  isInsideCluster,
  isSafeToAsk,
  mayReceiveTokens,
  withoutTrailingSlashes,
} from '../../../src/domain/urls';

test.each([
  ['hub', true],
  ['nublado-controller', true],
  ['hub.jupyterhub', false],
  ['evil.click', false],
  ['x.bank', false],
  ['click.click', false],
  ['gafaelfawr.gafaelfawr.svc', true],
  ['gafaelfawr.gafaelfawr.svc.cluster.local', true],
  ['gafaelfawr.gafaelfawr.svc.cluster.local.', true],
  ['HUB.JupyterHub.SVC', true],
  ['localhost', false],
  ['example.com', false],
  ['example.org', false],
  ['example.de', false],
  ['example.dev', false],
  ['data.example.org', false],
  ['svc.example.org', false],
  ['hub.svc', false],
  ['hub.jupyterhub.svc.example.org', false],
  ['a.hub.jupyterhub.svc', false],
  ['10.0.0.1', false],
  ['1.2', false],
  ['-hub', false],
  ['hub_1', false],
  ['', false],
  ['[::1]', false],
])('%s is inside the cluster: %s', (host, expected) => {
  expect(isInsideCluster(host)).toBe(expected);
});

test.each([
  ['gafaelfawr', true],
  ['gafaelfawr.gafaelfawr.svc', true],
  ['gafaelfawr.gafaelfawr', false],
  ['x.google', false],
  ['nb.lab-rachel.svc', false],
  ['lab.lab-rachel.svc.cluster.local', false],
  ['lab.laboratory.svc', true],
  ['data.example.org', false],
])('%s is a Service outside of the namespaces of labs: %s', (host, expected) => {
  expect(isClusterService(host, 'lab')).toBe(expected);
});

test.each([
  ['https://data.example.org/', [], true],
  ['http://127.0.0.1:8081/', [], true],
  ['http://127.0.0.1.example.org/', [], false],
  ['http://localhost/', [], true],
  ['http://[::1]:80/', [], true],
  ['http://[::2]/', [], false],
  ['http://hub:8081/', [], true],
  ['http://hub.jupyterhub:8081/', [], true],
  ['http://hub.jupyterhub.svc:8081/', [], true],
  ['http://example.com/', [], false],
  ['http://example.de/', [], false],
  ['http://data.example.org/', [], false],
  ['http://data.example.org/', ['data.example.org'], true],
  ['http://data.example.org:81/', ['DATA.example.org'], true],
  ['http://data.example.org:81/', ['data.example.org:81'], true],
  ['http://data.example.org:81/', ['data.example.org:82', 'example.org'], false],
  ['ftp://hub/', ['hub'], false],
])('%s may be asked with %j allowed over plain HTTP: %s', (url, hosts, expected) => {
  expect(isSafeToAsk(new URL(url), hosts)).toBe(expected);
});

const BOUNDS = {
  ownUrls: ['https://data.example.org/repertoire', 'https://platform.example.org'],
  identityOrigins: null,
  plainHttpHosts: [],
  labNamespacePrefix: 'lab',
};

test('tokens may be sent to the origin of service discovery, also where that is a short name', () => {
  const bounds = { ...BOUNDS, ownUrls: ['http://repertoire.repertoire:8080/discovery'] };
  expect(mayReceiveTokens(new URL('http://repertoire.repertoire:8080/auth'), bounds)).toBe(true);
  expect(mayReceiveTokens(new URL('http://repertoire.repertoire/auth'), bounds)).toBe(false);
});

test.each([
  ['https://data.example.org/auth/api/v1', null, true],
  ['https://platform.example.org/auth', null, true],
  ['http://gafaelfawr.gafaelfawr.svc.cluster.local:8080/auth', null, true],
  ['http://127.0.0.1:9000/auth', null, true],
  ['https://data.example.org:8443/auth', null, false],
  ['http://data.example.org/auth', null, false],
  ['https://other.example.org/auth', null, false],
  ['https://data.example.org.evil.org/auth', null, false],
  ['https://ada:x@data.example.org/auth', null, false],
  ['http://lab.lab-ada.svc.cluster.local:8888/auth', null, false],
  ['http://10.0.0.1/auth', null, false],
  ['https://other.example.org/auth', ['https://other.example.org'], true],
  ['https://data.example.org/auth', ['https://other.example.org'], true],
  ['http://gafaelfawr.gafaelfawr.svc.cluster.local:8080/auth', ['https://other.example.org'], false],
  ['http://gafaelfawr.gafaelfawr.svc:8080/auth', null, true],
  ['http://gafaelfawr:8080/auth', null, true],
  ['http://gafaelfawr.gafaelfawr:8080/auth', null, false],
  ['http://evil.click/auth', null, false],
  ['https://x.google/auth', null, false],
  ['http://gafaelfawr.gafaelfawr:8080/auth', ['http://gafaelfawr.gafaelfawr:8080'], true],
  ['http://other.example.org/auth', ['http://other.example.org'], false],
])('tokens may be sent to %s with the origins %j: %s', (url, identityOrigins, expected) => {
  expect(mayReceiveTokens(new URL(url), { ...BOUNDS, identityOrigins })).toBe(expected);
});

test.each([
  ['https://example.com/hub/api/', 'https://example.com/hub/api'],
  ['https://example.com//', 'https://example.com'],
  ['https://example.com/hub/api', 'https://example.com/hub/api'],
  ['//home//rachel/', '//home//rachel'],
  ['/', ''],
  ['', ''],
])('%p is %p', (written, wanted) => {
  expect(withoutTrailingSlashes(written)).toBe(wanted);
});
