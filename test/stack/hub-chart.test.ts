import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { buildComponents } from '../../stack/build';
import {
  type Chart,
  type Manifest,
  manifestsIn,
  ROOT,
  theChart,
  valuesText,
  yamlFile,
} from '../support/chart';
import { HUB_CHART, theHubChart } from '../support/hub-chart';

const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const HUB = textOf('examples/oidc-hub/jupyterhub.yaml');
const STANDBY = textOf('examples/oidc-hub/standby/values.yaml');
const SITE = Object(yamlFile('examples/site/values.yaml'));

/** Values of the hub's chart in the examples. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  'a hub with OpenID Connect': [HUB],
  'a hub with a standby': [HUB, STANDBY],
  'a hub behind Gafaelfawr': [valuesText(SITE.jupyterhub)],
};

let hub: Chart;
let controller: Chart;

beforeAll(async () => {
  [hub, controller] = await Promise.all([theHubChart(), theChart()]);
});

const rendered = (values: readonly string[]): string => {
  const { output, errors } = hub.render(...values);
  expect(errors).toBe('');
  return output;
};

const namesOf = (objects: readonly Manifest[]): string[] =>
  objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted();

const PARTS = [
  'ConfigMap hub',
  'Deployment hub',
  'Deployment proxy',
  'NetworkPolicy hub',
  'NetworkPolicy proxy',
  'Secret hub',
  'Service hub',
  'Service proxy-api',
  'Service proxy-public',
  'ServiceAccount hub',
];

test.each([
  ['a hub with OpenID Connect', ['Ingress jupyterhub']],
  ['a hub with a standby', ['Ingress jupyterhub']],
  ['a hub behind Gafaelfawr', []],
])('of %s the chart makes hub and proxy, and nothing for pods that the hub would make', (name, more) => {
  const values = VALUES[name] ?? [];
  expect(hub.lint(...values)).toMatchObject({ isSuccess: true, errors: '' });
  const output = rendered(values);
  expect(namesOf(manifestsIn(output))).toEqual([...PARTS, ...more].toSorted());
  const { names, errors } = hub.dryRun(output, 'default');
  expect(errors).toBe('');
  expect(names).toHaveLength(PARTS.length + more.length);
});

test('the schema of the chart is in force', () => {
  const { isSuccess, errors } = hub.render(HUB, valuesText({ hub: { db: { type: 'oracle' } } }));
  expect(isSuccess).toBe(false);
  expect(errors).toMatch(/\/hub\/db\/type/);
});

const podTemplate = z.looseObject({
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }),
  spec: z.looseObject({ volumes: z.array(z.unknown()).optional() }),
});

test('namespaces with Pod Security level restricted admit its pods, and the database for minikube', () => {
  const metadata = { name: 'hub-restricted', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } };
  hub.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata }]);
  const sets = [...Object.values(VALUES).map(rendered), textOf('examples/oidc-hub/postgresql.yaml')];
  // A pod of a StatefulSet gets its volumes from claims.
  const claimed = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
  const pods = sets
    .flatMap(manifestsIn)
    .flatMap(({ spec }) => podTemplate.safeParse(Object(spec).template).data ?? [])
    .map((template, index) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...template.metadata, name: `pod-${index}` },
      spec: {
        ...template.spec,
        serviceAccountName: 'default',
        volumes: [...(template.spec.volumes ?? []), ...claimed],
      },
    }));
  expect(pods).toHaveLength(7);
  hub.kubectl(['wait', '--for=create', 'serviceaccount/default', `--namespace=${metadata.name}`]);
  const { names, errors } = hub.dryRun(
    valuesText({ apiVersion: 'v1', kind: 'List', items: pods }),
    metadata.name,
  );
  expect(errors).toBe('');
  expect(names).toHaveLength(pods.length);
});

test('the database for minikube is accepted', () => {
  const { names, errors } = hub.dryRun(textOf('examples/oidc-hub/postgresql.yaml'), 'default');
  expect(errors).toBe('');
  expect(names).toHaveLength(3);
});

test('with a standby there are two pods, of which the one that stands by is not killed', async () => {
  const { kubectl = '' } = await buildComponents();
  const program = join(ROOT, 'examples/oidc-hub/standby/post-render.sh');
  const env = { ...process.env, PATH: `${dirname(kubectl)}:${process.env['PATH']}` };
  const input = rendered([HUB, STANDBY]);
  const { stdout, stderr } = spawnSync(program, { input, env, encoding: 'utf8' });
  expect(stderr).toBe('');
  const before = namesOf(manifestsIn(input));
  expect(namesOf(manifestsIn(stdout))).toEqual([...before, 'NetworkPolicy hub-standby'].toSorted());
  expect(hub.dryRun(stdout, 'default').errors).toBe('');
  const deployment = manifestsIn(stdout).find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'hub',
  );
  const { spec } = Object(deployment);
  expect(spec).toMatchObject({ replicas: 2, strategy: { rollingUpdate: { maxUnavailable: '100%' } } });
  expect(spec.template.spec).toMatchObject({ automountServiceAccountToken: true, serviceAccountName: 'hub' });
  const [container] = spec.template.spec.containers;
  expect(container.args.slice(0, 3)).toEqual(['nublado-hub-standby', '--', 'jupyterhub']);
  expect(container).toMatchObject({
    image: 'registry.example.org/nublado-hub:0.1.0',
    startupProbe: { httpGet: { path: '/hub/health', port: 'http' } },
    livenessProbe: { failureThreshold: 3 },
  });
  expect(controller.objects({ hubStandby: { serviceAccount: 'hub' } })).toContainEqual(
    expect.objectContaining({ kind: 'RoleBinding', subjects: [expect.objectContaining({ name: 'hub' })] }),
  );
});

const services = z.record(z.string(), z.unknown());
const roles = z.record(z.string(), z.object({ services: z.array(z.string()), scopes: z.array(z.string()) }));

test.each([
  [
    'oidc-hub',
    Object(yamlFile('examples/oidc-hub/values.yaml')),
    Object(yamlFile('examples/oidc-hub/jupyterhub.yaml')),
  ],
  ['site', SITE.nublado, SITE.jupyterhub],
])(
  'in example %s both charts take the same token, of a service that may do what the controller does',
  (_name, ours, theirs) => {
    expect(theirs.hub.existingSecret).toBe(ours.hubToken.existingSecret);
    const [, service = ''] = /^hub\.services\.(.+)\.apiToken$/.exec(ours.hubToken.key) ?? [];
    expect(Object.keys(services.parse(theirs.hub.services))).toContain(service);
    const granted = Object.values(roles.parse(theirs.hub.loadRoles)).filter((role) =>
      role.services.includes(service),
    );
    const scopes = granted.flatMap((role) => role.scopes).toSorted();
    const reports = ours.config.hub.aggregateActivity ? ['users:activity'] : [];
    expect(scopes).toEqual(['delete:servers', 'read:servers', ...reports]);
  },
);

test('the release is that of the image and of the site', () => {
  const [, version] = /jupyterhub-(.+)\.tgz$/.exec(HUB_CHART) ?? [];
  expect(textOf('hub/Dockerfile')).toContain(`quay.io/jupyterhub/k8s-hub:${version}\n`);
  expect(Object(yamlFile('examples/site/Chart.yaml')).dependencies).toContainEqual(
    expect.objectContaining({ name: 'jupyterhub', version }),
  );
  expect(textOf('docs/installation.md')).toContain(`--version ${version} `);
});
