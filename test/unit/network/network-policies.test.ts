import { type Attempt, type Endpoint, isAllowed, policiesIn } from '../../support/network-policies';

/** The policies of a cluster with namespaces `here` and `elsewhere`, the latter labelled `kind: internal`. */
function allows(specs: readonly object[], attempt: Attempt): boolean {
  const policies = policiesIn(
    specs.map((spec, index) => ({
      kind: 'NetworkPolicy',
      metadata: { name: `policy-${index}`, namespace: 'here' },
      spec,
    })),
  );
  return isAllowed({ namespaces: { here: {}, elsewhere: { kind: 'internal' } }, policies }, attempt);
}

const server: Endpoint = { namespace: 'here', labels: { app: 'server' }, namedPorts: { web: 80 } };
const client: Endpoint = { namespace: 'here', labels: { app: 'client' } };
const foreign: Endpoint = { namespace: 'elsewhere', labels: { app: 'foreign' } };
const outside: Endpoint = { address: '203.0.113.9' };
const to80 = (from: Endpoint, to: Endpoint): Attempt => ({ from, to, port: 80 });
const all = { podSelector: {} };

test('without policies everything is allowed', () => {
  expect(allows([], to80(outside, server))).toBe(true);
  expect(allows([], to80(server, outside))).toBe(true);
});

describe('a policy without rules', () => {
  test('closes the pods that it selects in the directions that it names, and no others', () => {
    const closed = { podSelector: { matchLabels: { app: 'server' } }, policyTypes: ['Ingress', 'Egress'] };
    expect(allows([closed], to80(client, server))).toBe(false);
    expect(allows([closed], to80(server, client))).toBe(false);
    expect(allows([closed], to80(foreign, client))).toBe(true);
    expect(allows([{ ...closed, policyTypes: ['Ingress'] }], to80(server, client))).toBe(true);
    expect(allows([{ ...closed, policyTypes: ['Egress'] }], to80(client, server))).toBe(true);
  });

  test('that names no direction closes only what comes in, and with rules for what goes out also that', () => {
    expect(allows([all], to80(foreign, server))).toBe(false);
    expect(allows([all], to80(server, foreign))).toBe(true);
    expect(allows([{ ...all, egress: [{ ports: [{ port: 443 }] }] }], to80(server, foreign))).toBe(false);
  });

  test('leaves other namespaces as they are', () => {
    expect(allows([all], to80(client, foreign))).toBe(true);
  });
});

const admitting = (...from: readonly object[]) => ({ ...all, ingress: [{ from }] });

test.each<[string, object, Endpoint, boolean]>([
  ['a podSelector', { podSelector: { matchLabels: { app: 'client' } } }, client, true],
  ['a podSelector', { podSelector: {} }, foreign, false],
  ['a namespaceSelector', { namespaceSelector: { matchLabels: { kind: 'internal' } } }, foreign, true],
  ['a namespaceSelector', { namespaceSelector: { matchLabels: { kind: 'internal' } } }, client, false],
  [
    'the name of a namespace',
    { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'elsewhere' } } },
    foreign,
    true,
  ],
  ['both', { namespaceSelector: {}, podSelector: { matchLabels: { app: 'foreign' } } }, foreign, true],
  ['both', { namespaceSelector: {}, podSelector: { matchLabels: { app: 'foreign' } } }, client, false],
  ['an empty namespaceSelector', { namespaceSelector: {} }, outside, false],
  ['an ipBlock', { ipBlock: { cidr: '203.0.113.0/24' } }, outside, true],
  ['an ipBlock', { ipBlock: { cidr: '203.0.113.0/24', except: ['203.0.113.8/29'] } }, outside, false],
  ['an ipBlock', { ipBlock: { cidr: '::/0' } }, outside, false],
  ['an ipBlock', { ipBlock: { cidr: '2001:db8::/32' } }, { address: '2001:db8::1' }, true],
  ['an ipBlock', { ipBlock: { cidr: '0.0.0.0/0' } }, client, false],
])('with %s, %j, a peer is as Kubernetes has it: %j, %s', (_what, peer, from, isExpected) => {
  expect(allows([admitting(peer)], to80(from, server))).toBe(isExpected);
});

test.each<[object, boolean]>([
  [{ key: 'app', operator: 'In', values: ['foreign', 'client'] }, true],
  [{ key: 'app', operator: 'In', values: ['foreign'] }, false],
  [{ key: 'app', operator: 'NotIn', values: ['client'] }, false],
  [{ key: 'tier', operator: 'NotIn', values: ['client'] }, true],
  [{ key: 'app', operator: 'Exists' }, true],
  [{ key: 'tier', operator: 'Exists' }, false],
  [{ key: 'tier', operator: 'DoesNotExist' }, true],
  [{ key: 'app', operator: 'DoesNotExist' }, false],
])('the expression %j selects a pod labelled app: client: %s', (expression, isExpected) => {
  const peer = { podSelector: { matchExpressions: [expression] } };
  expect(allows([admitting(peer)], to80(client, server))).toBe(isExpected);
});

test('a rule without peers, or with none in its list, admits all', () => {
  expect(allows([{ ...all, ingress: [{}] }], to80(outside, server))).toBe(true);
  expect(allows([{ ...all, ingress: [{ from: [] }] }], to80(outside, server))).toBe(true);
  expect(allows([{ ...all, ingress: [] }], to80(outside, server))).toBe(false);
});

test.each<[object, Partial<Attempt>, boolean]>([
  [{ port: 80 }, {}, true],
  [{ port: 81 }, {}, false],
  [{ port: 80 }, { protocol: 'UDP' }, false],
  [{ port: 80, protocol: 'UDP' }, { protocol: 'UDP' }, true],
  [{ protocol: 'UDP' }, {}, false],
  [{ protocol: 'TCP' }, {}, true],
  [{ port: 70, endPort: 90 }, {}, true],
  [{ port: 70, endPort: 79 }, {}, false],
  [{ port: 'web' }, {}, true],
  [{ port: 'web' }, { port: 81 }, false],
  [{ port: 'other' }, {}, false],
])('the port %j admits %j: %s', (port, attempt, isExpected) => {
  const policy = { ...all, ingress: [{ ports: [port] }] };
  expect(allows([policy], { ...to80(foreign, server), ...attempt })).toBe(isExpected);
});

test('policies add up, and a connection needs both ends', () => {
  const fromElsewhere = admitting({ namespaceSelector: { matchLabels: { kind: 'internal' } } });
  const fromClient = admitting({ podSelector: { matchLabels: { app: 'client' } } });
  expect(allows([fromElsewhere, fromClient], to80(foreign, server))).toBe(true);
  expect(allows([fromElsewhere, fromClient], to80(client, server))).toBe(true);
  expect(allows([fromElsewhere, fromClient], to80(outside, server))).toBe(false);
  const closed = { podSelector: { matchLabels: { app: 'client' } }, policyTypes: ['Egress'] };
  expect(allows([fromClient, closed], to80(client, server))).toBe(false);
});

test.each([
  ['an unknown field', { ...all, ingres: [] }],
  ['a peer of both kinds', admitting({ ipBlock: { cidr: '0.0.0.0/0' }, podSelector: {} })],
  ['a peer that selects nothing', admitting({})],
])('%s is refused', (_what, spec) => {
  expect(() => allows([spec], to80(foreign, server))).toThrow(
    /Unrecognized key|Invalid input|selects nothing/,
  );
});
