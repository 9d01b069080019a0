import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { z } from 'zod';
import { parseConfig } from '../../src/config/config';
import { normalisedConfig } from '../../src/config/documents/normalised';
import { CHART, type Chart, KUBERNETES, manifestsIn, ROOT, theChart, yamlFile } from '../support/chart';
import { theHelm } from '../support/helm';

const ENVIRONMENT = { REPERTOIRE_BASE_URL: 'https://example.org/repertoire' };

const configuration = yamlFile;

/** Configurations that must reach the controller through the chart as they are. */
const CONFIGURATIONS = [
  'config/example.yaml',
  'config/plain-jupyter.yaml',
  'test/data/config/every-key.yaml',
  'test/data/config/static.yaml',
  'test/data/config/jupyterhub.yaml',
  'test/data/config/ingress.yaml',
];

/** Values for the chart, as text. */
const VALUES: Readonly<Record<string, string>> = {
  'no values': '',
  'sections that are null': 'serviceAccount:\nhubStandby:\nconfig:\n',
  'keys that are null': 'serviceAccount: { annotations: }\nhubStandby: { serviceAccount: "" }\n',
  'a hub with a standby': 'hubStandby: { serviceAccount: hub }\n',
  'a named account': 'serviceAccount: { name: labs, annotations: { example.org/role: "labs" } }\n',
  ...Object.fromEntries(
    CONFIGURATIONS.map((path) => [path, stringify({ config: configuration(path) }, { version: '1.1' })]),
  ),
};

let chart: Chart;

beforeAll(async () => {
  chart = await theChart();
});

const rendered = (values: string) => chart.render(values);

/** A configuration in which every list and mapping of `lab` that can be left out is null. */
const NULLS = {
  lab: {
    ...Object(z.object({ lab: z.looseObject({}) }).parse(configuration('config/example.yaml')).lab),
    initContainers: null,
    env: null,
    tolerations: null,
    affinity: { podAffinity: { required: null } },
    nss: { extraUsers: null },
    podSecurity: null,
  },
  images: Object(configuration('config/example.yaml')).images,
  timeouts: null,
  dropdownMenu: { daily: null },
};

test('Helm finds nothing wrong with the chart as it is', async () => {
  const helm = await theHelm();
  const { isSuccess, output, errors } = helm('lint', '--strict', CHART);
  expect([isSuccess, errors]).toEqual([true, '']);
  expect(output).toContain('0 chart(s) failed');
  expect(helm('template', 'release', CHART, '--kube-version', KUBERNETES)).toMatchObject({
    isSuccess: true,
    errors: '',
  });
});

test.each(Object.keys(VALUES))('Helm accepts and renders the chart with %s', (name) => {
  const values = VALUES[name] ?? '';
  expect(chart.lint(values)).toMatchObject({ isSuccess: true, errors: '' });
  expect(rendered(values)).toMatchObject({ isSuccess: true, errors: '' });
});

test.each(Object.keys(VALUES))('the API server takes every object of the chart with %s', (name) => {
  const { output } = rendered(VALUES[name] ?? '');
  const { names, errors } = chart.dryRun(output);
  expect(errors).toBe('');
  expect(names).toHaveLength(manifestsIn(output).length);
  expect(names.length).toBeGreaterThanOrEqual(20);
});

/** The rules that a chart with file servers grants in their namespace, by resource. */
function fileServerRules(fileserver: object): Record<string, readonly string[]> {
  const config = { ...Object(configuration('test/data/config/jupyterhub.yaml')), fileserver };
  const { output, errors } = rendered(stringify({ config }, { version: '1.1' }));
  expect(errors).toBe('');
  const rule = z.object({ resources: z.array(z.string()), verbs: z.array(z.string()) });
  const role = z.looseObject({
    kind: z.literal('Role'),
    metadata: z.looseObject({ namespace: z.literal('files') }),
    rules: z.array(rule),
  });
  const roles = parseAllDocuments(output).flatMap((document) => role.safeParse(document.toJS()).data ?? []);
  const rules = roles.flatMap((found) => found.rules);
  return Object.fromEntries(rules.flatMap(({ resources, verbs }) => resources.map((name) => [name, verbs])));
}

const HTTP_ROUTE = { type: 'httpRoute', parentRefs: [{ name: 'public' }] };

test.each([
  ['Gafaelfawr', {}, ['gafaelfawringresses', 'ingresses'], ['get', 'list']],
  ['an Ingress', { ingress: { type: 'ingress' } }, ['ingresses'], ['create', 'delete', 'get', 'list']],
  ['a Gateway', { ingress: HTTP_ROUTE }, ['httproutes'], undefined],
])('with file servers behind %s the controller may do in their namespace what it must', (...row) => {
  const [, routing, kinds, verbsOfIngresses] = row;
  const rules = fileServerRules({ enabled: true, namespace: 'files', ...routing });
  const common = ['persistentvolumeclaims', 'services', 'jobs'];
  expect(Object.keys(rules)).toEqual([...common, ...kinds]);
  expect(rules['ingresses']).toEqual(verbsOfIngresses);
});

test('without file servers the controller has no role in another namespace', () => {
  expect(fileServerRules({ enabled: false, namespace: 'files' })).toEqual({});
});

const configurationObject = z.looseObject({
  metadata: z.looseObject({ name: z.literal('nublado-controller-config') }),
  data: z.record(z.string(), z.string()).optional(),
  stringData: z.record(z.string(), z.string()).optional(),
});

/** The text of the configuration file that a controller of the chart reads. */
function deployedConfiguration(values: object): string {
  const found = chart.objects(values).flatMap((object) => configurationObject.safeParse(object).data ?? []);
  expect(found).toHaveLength(1);
  return (found[0]?.data ?? found[0]?.stringData)?.['config.yaml'] ?? '';
}

const meaning = (text: string) => normalisedConfig(parseConfig(text, ENVIRONMENT).config);

test.each(CONFIGURATIONS)('the controller reads %s from the chart', (path) => {
  const deployed = deployedConfiguration({ config: configuration(path) });
  expect(meaning(deployed)).toEqual(meaning(readFileSync(join(ROOT, path), 'utf8')));
});

test('lists and mappings that are null pass through the chart and count as left out', () => {
  const deployed = meaning(deployedConfiguration({ config: NULLS }));
  expect(deployed.file).toMatchObject({ lab: { initContainers: [], tolerations: [], affinity: null } });
});

test.each([
  ['an unknown key', { lab: { colour: 'red' } }, /colour/],
  ['a wrong duration', { lab: { spawnTimeout: 'PT5M' } }, /spawnTimeout/],
  ['an empty name', { lab: { secrets: [{ secretName: '', secretKey: 'a' }] } }, /secretName/],
  ['a required list that is null', { lab: { sizes: null } }, /sizes/],
])('Helm refuses %s before anything is installed', (_what, { lab }, message) => {
  const config = { ...NULLS, lab: { ...NULLS.lab, ...lab } };
  const { isSuccess, errors } = rendered(stringify({ config }));
  expect(isSuccess).toBe(false);
  expect(errors).toMatch(message);
});
