import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { chartReadme } from '../../scripts/chart';
import { parseConfig } from '../../src/config/config';
import { type GoComponent, HELM, HELM_4 } from '../../stack/components';
import {
  CHART,
  type Chart,
  type Manifest,
  manifestsIn,
  NAMESPACE,
  objectsByName,
  ROOT,
  theChart,
  yamlFile,
} from '../support/chart';
import { BUILD_TIMEOUT_MS } from '../support/helm';
import { HUB_CHART } from '../support/hub-chart';

/** Values files of examples, and the umbrella chart that one of them is for. */
const EXAMPLES: Readonly<Record<string, string | null>> = {
  'examples/minimal/values.yaml': null,
  'examples/oidc-hub/values.yaml': null,
  'examples/several-hubs/astronomy.yaml': null,
  'examples/several-hubs/teaching.yaml': null,
  'examples/site/values.yaml': 'examples/site',
};

let folder: string;
let charts: Readonly<Record<string, Chart>>;
/** The same in the hands of the next major version of Helm. */
let next: Readonly<Record<string, Chart>>;

/** The charts that the examples are for, by the paths of their values. */
async function chartsWith(major: GoComponent): Promise<Record<string, Chart>> {
  const found: Record<string, Chart> = {};
  for (const [path, umbrella] of Object.entries(EXAMPLES)) {
    found[path] = await theChart(umbrella === null ? CHART : join(folder, umbrella), NAMESPACE, major);
  }
  return found;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'examples-'));
  for (const umbrella of Object.values(EXAMPLES)) {
    if (umbrella === null) continue;
    const copy = join(folder, umbrella);
    cpSync(join(ROOT, umbrella), copy, { recursive: true });
    // What `helm dependency build` makes of the chart beside it, and of that of the hub.
    mkdirSync(join(copy, 'charts'));
    cpSync(CHART, join(copy, 'charts/nublado'), { recursive: true });
    cpSync(HUB_CHART, join(copy, 'charts', basename(HUB_CHART)));
  }
  charts = await chartsWith(HELM);
  next = await chartsWith(HELM_4);
}, BUILD_TIMEOUT_MS);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

function rendered(path: string): { readonly output: string; readonly objects: Manifest[] } {
  const { output, errors } = charts[path]?.render(textOf(path)) ?? { output: '', errors: path };
  expect(errors).toBe('');
  return { output, objects: manifestsIn(output) };
}

test.each(Object.keys(EXAMPLES))('Helm and the API server take %s', (path) => {
  expect(charts[path]?.lint(textOf(path))).toMatchObject({ isSuccess: true, errors: '' });
  // Whose definition only a vault operator brings; and a namespace that a dry run does not create.
  const known = rendered(path).objects.filter(({ kind, metadata }) => {
    return kind !== 'VaultSecret' && metadata.namespace !== 'fileservers';
  });
  expect(known.length).toBeGreaterThan(10);
  const list = { apiVersion: 'v1', kind: 'List', items: known };
  const { names, errors } = charts[path]?.dryRun(JSON.stringify(list)) ?? { names: [], errors: path };
  expect(errors).toBe('');
  expect(names).toHaveLength(known.length);
});

/** The objects of this chart: that of the hub makes tokens at random. */
const ours = (output: string): Record<string, Manifest> =>
  Object.fromEntries(
    Object.entries(objectsByName(output)).filter(
      ([, { metadata }]) => Object(metadata['labels']).app !== 'jupyterhub',
    ),
  );

test.each(Object.keys(EXAMPLES))('the next major version of Helm renders the same objects of %s', (path) => {
  const values = textOf(path);
  expect(next[path]?.lint(values)).toMatchObject({ isSuccess: true, errors: '' });
  expect(ours(next[path]?.render(values).output ?? '')).toEqual(ours(rendered(path).output));
});

const configured = z.looseObject({
  metadata: z.looseObject({ name: z.literal('nublado-controller-config') }),
  data: z.object({ 'config.yaml': z.string() }).optional(),
  stringData: z.object({ 'config.yaml': z.string() }).optional(),
});

const variable = z.object({ name: z.string(), value: z.string() });
const deployment = z.looseObject({
  kind: z.literal('Deployment'),
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({
        containers: z.array(z.looseObject({ args: z.array(z.string()), env: z.array(z.unknown()) })),
      }),
    }),
  }),
});

/** The variables of the containers that read the configuration. */
function environmentIn(objects: readonly Manifest[]): Record<string, string> {
  const containers = objects
    .flatMap((object) => deployment.safeParse(object).data ?? [])
    .flatMap(({ spec }) => spec.template.spec.containers)
    .filter(({ args }) => ['api', 'serve'].includes(args[0] ?? ''));
  expect(containers).toHaveLength(1);
  const variables = containers.flatMap(({ env }) =>
    env.flatMap((each) => variable.safeParse(each).data ?? []),
  );
  return Object.fromEntries(variables.map(({ name, value }) => [name, value]));
}

test.each(Object.keys(EXAMPLES))('the controller has nothing against the configuration in %s', (path) => {
  const [found] = rendered(path).objects.flatMap((object) => configured.safeParse(object).data ?? []);
  const text = (found?.data ?? found?.stringData)?.['config.yaml'] ?? '';
  expect(text).not.toBe('');
  const { warnings } = parseConfig(text, environmentIn(rendered(path).objects));
  const findings = warnings.filter(({ severity, rule }) => severity === 'warning' && rule !== 'no-effect');
  expect(findings).toEqual([]);
});

test('two hubs in one cluster share neither namespaces of labs nor a namespace of Temporal', () => {
  const [one, other] = ['astronomy', 'teaching'].map((name) =>
    Object(yamlFile(`examples/several-hubs/${name}.yaml`)),
  );
  expect(one.temporal.namespace).not.toBe(other.temporal.namespace);
  expect(one.config.lab.namespacePrefix).not.toBe(other.config.lab.namespacePrefix);
});

const PYTHON = `
import json, sys

class Section:
    def __init__(self): self.__dict__["found"] = {}
    def __setattr__(self, name, value): self.found[name] = value

class Config(dict):
    def __getattr__(self, name): return self.setdefault(name, Section())

c = Config()
open = lambda path: __import__("io").StringIO("token of " + path)
exec(compile(sys.stdin.read(), "hub-config", "exec"), {"c": c, "open": open})
print(json.dumps({name: section.found for name, section in c.items()}))
`;

/** What JupyterHub makes of the ConfigMap for it. */
function hubSettings(objects: readonly Manifest[]): Record<string, Record<string, unknown>> {
  const found = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'hub-config');
  const python = z.looseObject({ data: z.object({ '00_nublado.py': z.string() }) }).parse(found).data[
    '00_nublado.py'
  ];
  const { stdout, stderr } = spawnSync('python3', ['-c', PYTHON], { input: python, encoding: 'utf8' });
  expect(stderr).toBe('');
  return z.record(z.string(), z.record(z.string(), z.unknown())).parse(JSON.parse(stdout));
}

test('the hub behind Gafaelfawr finds the controller by the ingress', () => {
  expect(hubSettings(rendered('examples/site/values.yaml').objects)).toMatchObject({
    JupyterHub: { spawner_class: 'nublado', authenticator_class: 'gafaelfawr' },
    NubladoSpawner: { controller_url: 'https://data.example.org/nublado' },
    Spawner: { start_timeout: 600, http_timeout: 90 },
    Authenticator: { enable_auth_state: true },
  });
});

test('a hub with other logins finds the controller by its Service', () => {
  const { NubladoSpawner, JupyterHub } = hubSettings(rendered('examples/oidc-hub/values.yaml').objects);
  expect(NubladoSpawner).toMatchObject({
    controller_url: 'http://nublado-controller.default:80/nublado',
    user_token: 'jupyterhub',
    admin_token_path: '/usr/local/etc/jupyterhub/existing-secret/hub.services.nublado-spawner.apiToken',
  });
  expect(JupyterHub).toMatchObject({ spawner_class: 'nublado', hub_connect_url: 'http://hub.default:8081' });
  expect(JupyterHub).not.toHaveProperty('authenticator_class');
});

test('the README of the chart has every value', async () => {
  expect(textOf('helm/README.md')).toBe(await chartReadme());
});

test('the chart has the version of the product', () => {
  const { version } = z.object({ version: z.string() }).parse(parse(textOf('package.json')));
  expect(yamlFile('helm/Chart.yaml')).toMatchObject({ name: 'nublado', version, appVersion: version });
  expect(yamlFile('examples/site/Chart.yaml')).toMatchObject({
    dependencies: [{ name: 'nublado', version }, { name: 'jupyterhub' }],
  });
});
