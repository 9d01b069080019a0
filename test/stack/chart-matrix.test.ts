import { isMapping } from '../../src/config/schema/section';
import { HELM_4 } from '../../stack/components';
import {
  CHART,
  type Chart,
  manifestsIn,
  NAMESPACE,
  objectsByName,
  theChart,
  valuesText,
  yamlFile,
} from '../support/chart';
import { CASES, JUPYTERHUB, LAB, withHub } from '../support/chart-cases';
import { BUILD_TIMEOUT_MS } from '../support/helm';

/** The paths of all values that are no sections; what is empty, and what Kubernetes defines, counts as one value. */
function paths(values: Readonly<Record<string, unknown>>, shape: unknown = values, path = ''): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const standard = isMapping(shape) ? shape[key] : undefined;
    const isSection =
      isMapping(value) && isMapping(standard) && Object.keys(standard).length > 0 && !WHOLE.has(key);
    return isSection ? paths(value, standard, `${path}${key}.`) : [`${path}${key}`];
  });
}

const WHOLE = new Set(['resources', 'annotations', 'metricLabels', 'policy', 'securityContext']);
const STANDARD = Object(yamlFile('helm/values.yaml')) as Record<string, unknown>;

let chart: Chart;
/** The same in the hands of the next major version of Helm. */
let next: Chart;
let plain: string;

beforeAll(async () => {
  chart = await theChart();
  next = await theChart(CHART, NAMESPACE, HELM_4);
  plain = chart.render('').output;
}, BUILD_TIMEOUT_MS);

test('the cases below have every option of the chart', () => {
  const covered = new Set(Object.values(CASES).flatMap((values) => paths(values, STANDARD)));
  expect(paths(STANDARD).filter((path) => !covered.has(path))).toEqual([]);
});

test.each(Object.keys(CASES))(
  'with %s the chart is accepted, another one than without, and the same with both majors of Helm',
  (name) => {
    const values = valuesText(CASES[name] ?? {});
    expect(chart.lint(values)).toMatchObject({ isSuccess: true, errors: '' });
    const { output, errors } = chart.render(values);
    expect(errors).toBe('');
    expect(output).not.toBe(plain);
    const { names, errors: refused } = chart.dryRun(output);
    expect(refused).toBe('');
    expect(names).toHaveLength(manifestsIn(output).length);
    expect(objectsByName(next.render(values).output)).toEqual(objectsByName(output));
  },
);

test('every value may be null, which is as if it were left out', () => {
  const { output, errors } = chart.render(
    valuesText(Object.fromEntries(Object.keys(STANDARD).map((key) => [key, null]))),
  );
  expect(errors).toBe('');
  expect(output).toBe(plain);
});

const REFUSED: [string, object, RegExp][] = [
  ['an unknown value', { replicaCount: 3 }, /replicaCount/],
  ['an unknown value of a section', { api: { replicaCount: 3 } }, /replicaCount/],
  ['a word for a number', { api: { replicas: 'two' } }, /\/api\/replicas/],
  ['a mode that is none', { mode: 'both' }, /\/mode/],
  ['a digest that is none', { image: { digest: 'latest' } }, /\/image\/digest/],
  ['two configurations', { config: LAB, configuration: { existingSecret: 'a' } }, /exclude each other/],
  ['Gafaelfawr without a host', { gafaelfawr: { enabled: true } }, /needs `host`/],
  [
    'a database of no Temporal',
    { temporal: { development: { postgresql: { enabled: true } } } },
    /needs `temporal.development.enabled`/,
  ],
  ['a route without a gateway', { httpRoute: { enabled: true } }, /needs `httpRoute.parentRefs`/],
  [
    'a token at two places',
    { config: withHub({ tokenPath: '/etc/token' }, JUPYTERHUB), hubToken: { existingSecret: 'a' } },
    /remove `config.hub.tokenPath`/,
  ],
  [
    'a namespace of no file servers',
    { fileServerNamespace: { create: true } },
    /needs `config.fileserver.enabled`/,
  ],
  [
    'a canary without a token',
    { tests: { canary: { enabled: true, user: 'canary' } } },
    /tests.canary.existingSecret/,
  ],
  [
    'an image of a canary without a size',
    { tests: { canary: { imageTag: 'recommended' } } },
    /needs `tests.canary.size`/,
  ],
];

test.each(REFUSED)('both refuse %s, and say what to do', (_what, values, message) => {
  for (const { render } of [chart, next]) {
    const { isSuccess, errors } = render(valuesText(values));
    expect(isSuccess).toBe(false);
    expect(errors).toMatch(message);
  }
});

test('values of the original’s chart are refused together, each with its new name', () => {
  const { isSuccess, errors } = chart.render(
    valuesText({
      controller: { config: LAB, slackAlerts: true, unheardOf: 1 },
      hub: { useSubdomains: true },
      jupyterhub: { hub: {} },
      purger: {},
    }),
  );
  expect(isSuccess).toBe(false);
  const advice = errors.split('\n').filter((line) => line.startsWith('  '));
  expect(advice.map((line) => line.trim().split(':', 1)[0])).toEqual([
    'controller',
    'controller.config',
    'controller.slackAlerts',
    'hub.useSubdomains',
    'jupyterhub',
    'purger',
  ]);
});

test('every renamed value is refused with advice', () => {
  const renamed = Object.entries<string>(Object(yamlFile('helm/files/renamed-values.yaml')));
  const values: Record<string, Record<string, unknown>> = {};
  for (const [path] of renamed) {
    const [section = '', key = 'another'] = path.split('.');
    values[section] = { ...values[section], [key]: 1 };
  }
  const { errors } = chart.render(valuesText(values));
  expect(renamed.filter(([path, advice]) => !errors.includes(`\n  ${path}: ${advice}`))).toEqual([]);
  expect(renamed.length).toBeGreaterThan(20);
});
