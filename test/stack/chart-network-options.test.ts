import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { buildComponents } from '../../stack/build';
import { NETWORK_POLICY_API } from '../../stack/components';
import { type Chart, NAMESPACE, theChart, valuesText } from '../support/chart';
import { JUPYTERHUB, LAB } from '../support/chart-cases';
import { type Endpoint, isAllowed, policiesIn } from '../support/network-policies';
import {
  cells,
  GAFAELFAWR,
  networkPolicies,
  networkSection,
  PARTS,
  reaches,
  type Site,
  siteOf,
  THE_HUB,
  WITHOUT_GAFAELFAWR,
  wesley,
} from '../support/network-site';

let chart: Chart;

beforeAll(async () => {
  chart = await theChart();
});

const siteWith = (values: object): Site => siteOf(chart.objects(values));

const metricsRow = (values: object): boolean => reaches(siteWith(values), 'Prometheus', 'metrics');

test('Prometheus reaches metrics only if it is named', () => {
  expect(metricsRow({ networkPolicies: { enabled: true } })).toBe(false);
  expect(metricsRow({ networkPolicies })).toBe(true);
});

test('only pods that ask it reach the API server of a site that says nothing of it', () => {
  const site = siteWith({ networkPolicies: { enabled: true } });
  const asking = Object.keys(PARTS).filter(
    (row) => row !== 'purging' && reaches(site, row, 'Kubernetes API'),
  );
  expect(asking).toEqual(['workers', 'watchers', 'the hook for sealing keys', 'the pods of `helm test`']);
});

test('labs reach no listener for activity that is not on', () => {
  const config = { ...GAFAELFAWR.config, hub: { apiUrl: 'http://hub:8081/hub/api' } };
  expect(reaches(siteWith({ ...GAFAELFAWR, config }), 'labs', 'reports of activity')).toBe(false);
});

test('purging reaches Slack if it has a webhook, and Temporal never', () => {
  const site = siteWith({ ...GAFAELFAWR, slackWebhook: { existingSecret: 'slack' } });
  expect(reaches(site, 'purging', 'registries')).toBe(true);
  expect(reaches(site, 'purging', 'DNS')).toBe(true);
  expect(reaches(site, 'purging', 'Temporal')).toBe(false);
});

test('with mode single the one part reaches what all three do, and is reached as the API', () => {
  const site = siteWith({ ...WITHOUT_GAFAELFAWR, mode: 'single' });
  const { single = {} } = site.pods;
  const alike = { ...site, pods: { ...site.pods, api: single, worker: single, watcher: single } };
  const three = siteWith(WITHOUT_GAFAELFAWR);
  const parts = ['the API', 'workers', 'watchers'];
  const common = ['Temporal', 'Kubernetes API', 'the hub', 'DNS', 'registries'];
  const expected = cells().map(({ row, column }) => {
    const isOfOne = parts.includes(row) && common.includes(column);
    return `${row} → ${column}: ${isOfOne || reaches(three, row, column)}`;
  });
  const found = cells().map(({ row, column }) => `${row} → ${column}: ${reaches(alike, row, column)}`);
  expect(found).toEqual(expected);
});

test('a Temporal of the release is reached by the controller alone', () => {
  const { pods, cluster } = siteWith({ temporal: { development: { enabled: true } }, networkPolicies });
  const { api = {}, worker = {}, watcher = {}, temporal = {} } = pods;
  const may = (from: Endpoint, port = 7233): boolean => isAllowed(cluster, { from, to: temporal, port });
  expect([api, worker, watcher].map((from) => may(from))).toEqual([true, true, true]);
  expect(may(wesley.pod)).toBe(false);
  expect(may(THE_HUB)).toBe(false);
  expect(may(api, 8233)).toBe(false);
  expect(isAllowed(cluster, { from: temporal, to: { address: '203.0.113.9' }, port: 443 })).toBe(false);
});

test('labels of Temporal’s frontend, and its port, are as the site says', () => {
  const site = siteWith({
    temporal: { address: 'frontend.temporal:7999' },
    networkPolicies: { ...networkPolicies, temporal: { namespace: 'temporal', podLabels: { app: 'front' } } },
  });
  const to = { namespace: 'temporal', labels: { app: 'front' } };
  const { api = {} } = site.pods;
  expect(isAllowed(site.cluster, { from: api, to, port: 7999 })).toBe(true);
  expect(isAllowed(site.cluster, { from: api, to, port: 7233 })).toBe(false);
  expect(isAllowed(site.cluster, { from: wesley.pod, to, port: 7999 })).toBe(false);
});

/** Names of the policies that a chart with values has. */
const namesOf = (values: object): string[] =>
  policiesIn(chart.objects(values)).map(({ metadata }) => metadata.name);

const SWITCHES: Readonly<Record<string, readonly string[]>> = {
  api: ['nublado-controller-api'],
  worker: ['nublado-controller-worker'],
  watcher: ['nublado-controller-watcher'],
  hooks: ['nublado-controller-sealing-keys', 'nublado-controller-search-attributes'],
  prepull: ['nublado-controller-prepull'],
  fsadmin: ['nublado-controller-fsadmin'],
  purge: ['nublado-controller-purge'],
  fileServers: [`${NAMESPACE}-nublado-controller-file-servers`],
  temporal: [`${NAMESPACE}-nublado-controller`],
};

test.each(Object.keys(SWITCHES))('%s has a switch for its policies and for no others', (part) => {
  const without = {
    ...GAFAELFAWR,
    networkPolicies: { ...networkPolicies, [part]: { ...Object(networkPolicies)[part], enabled: false } },
  };
  const left = new Set(namesOf(without));
  expect(namesOf(GAFAELFAWR).filter((name) => !left.has(name))).toEqual(SWITCHES[part]);
});

test.each([
  ['api', 'ingress'],
  ['api', 'egress'],
  ['worker', 'ingress'],
  ['worker', 'egress'],
  ['watcher', 'ingress'],
  ['watcher', 'egress'],
  ['hooks', 'egress'],
  ['fsadmin', 'egress'],
  ['purge', 'egress'],
  ['fileServers', 'ingress'],
  ['fileServers', 'egress'],
  ['temporal', 'ingress'],
])('rules of %s.%s are in its policies as they are, and in no others', (part, direction) => {
  const rule = { ports: [{ port: 4711 }] };
  const values = {
    ...GAFAELFAWR,
    networkPolicies: {
      ...networkPolicies,
      [part]: { ...Object(networkPolicies)[part], [direction]: [rule] },
    },
  };
  const extended = chart
    .objects(values)
    .filter(({ kind, spec }) => {
      const rules: unknown = Object(spec)[direction];
      return kind === 'NetworkPolicy' && Array.isArray(rules) && JSON.stringify(rules).includes('4711');
    })
    .map(({ metadata }) => metadata.name);
  expect(extended).toEqual(SWITCHES[part]);
});

test.each([
  ['an Ingress', { ingress: { enabled: true } }],
  ['a route', { httpRoute: { enabled: true, parentRefs: [{ name: 'public' }] } }],
  ['file servers behind one', { config: { ...WITHOUT_GAFAELFAWR.config } }],
])('Helm refuses policies with %s, unless it is told whose pods lead there', (_what, values) => {
  const config = { ...LAB, auth: JUPYTERHUB };
  const { isSuccess, errors } = chart.render(
    valuesText({ config, ...values, networkPolicies: { enabled: true } }),
  );
  expect(isSuccess).toBe(false);
  expect(errors).toMatch(/needs `networkPolicies.from.ingress`/);
});

test('the documented policy for the whole cluster is one for the namespaces of labs, as its API defines it', async () => {
  const [, example = ''] = /^```yaml\n([^`]+)```$/m.exec(networkSection()) ?? [];
  const found = chart.objects(parse(example)).filter(({ kind }) => kind === 'ClusterNetworkPolicy');
  expect(found).toHaveLength(1);
  const labels = Object(found[0]?.['spec']).subject.namespaces.matchLabels;
  expect(Object.values(wesley.namespaces)).toEqual([expect.objectContaining(labels)]);
  expect(Object.keys(labels)).not.toEqual([]);

  const definitions = Object.values(await buildComponents({ components: [NETWORK_POLICY_API] }));
  chart.apply(definitions.map((file) => parse(readFileSync(file, 'utf8'))));
  const established = ['wait', '--for=condition=Established', '--timeout=60s'];
  chart.kubectl([...established, 'crd/clusternetworkpolicies.policy.networking.k8s.io']);
  const { names, errors } = chart.dryRun(JSON.stringify(found[0]));
  expect(errors).toBe('');
  expect(names).toHaveLength(1);
});
