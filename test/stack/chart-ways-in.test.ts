import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Access, accessTo } from '../../stack/identity/access';
import { type Chart, ROOT, theChart } from '../support/chart';
import { CASES } from '../support/chart-cases';

const { paths } = z
  .object({ paths: z.record(z.string(), z.unknown()) })
  .parse(JSON.parse(readFileSync(join(ROOT, 'docs/api/openapi.json'), 'utf8')));

/** Every path of the API that an ingress leads to, with a username where there is one. */
const PATHS = [
  ...Object.keys(paths).filter((path) => path !== '/'),
  '/nublado/openapi.json',
  '/nublado/docs',
  '/nublado/docs/static/index.css',
].map((path) => path.replace('{username}', 'rachel'));

const gafaelfawrIngress = z.looseObject({
  kind: z.literal('GafaelfawrIngress'),
  config: z.strictObject({
    scopes: z.union([
      z.strictObject({ all: z.tuple([z.string()]) }),
      z.strictObject({ anonymous: z.literal(true) }),
    ]),
    service: z.string().optional(),
    loginRedirect: z.boolean().default(false),
    delegate: z
      .union([
        z.strictObject({ notebook: z.strictObject({}) }),
        z.strictObject({ internal: z.strictObject({ service: z.string(), scopes: z.tuple([]) }) }),
      ])
      .optional(),
  }),
  template: z.object({
    metadata: z.object({ annotations: z.record(z.string(), z.string()).default({}) }),
    spec: z.object({
      rules: z.tuple([
        z.object({
          host: z.string(),
          http: z.object({ paths: z.array(z.object({ path: z.string(), pathType: z.string() })) }),
        }),
      ]),
    }),
  }),
});
type Ingress = z.infer<typeof gafaelfawrIngress>;

let chart: Chart;
let ingresses: readonly Ingress[];

beforeAll(async () => {
  chart = await theChart();
  ingresses = chart
    .objects(CASES['Gafaelfawr'] ?? {})
    .flatMap((object) => gafaelfawrIngress.safeParse(object).data ?? []);
});

function accessOf({ config }: Ingress): Access {
  if ('anonymous' in config.scopes) return { kind: 'anonymous' };
  const delegate = config.delegate && ('notebook' in config.delegate ? 'notebook' : 'internal');
  return {
    kind: 'scope',
    scope: config.scopes.all[0],
    delegate: delegate ?? null,
    hasLogin: config.loginRedirect,
  };
}

/**
 * What applies to a path, as ingress-nginx decides where any Ingress of a host has `use-regex`: exact paths first; then all
 * others as regular expressions, longest first.
 */
function applied(path: string): Access | undefined {
  const rules = ingresses.flatMap((ingress) =>
    ingress.template.spec.rules[0].http.paths.map((rule) => ({ ...rule, access: accessOf(ingress) })),
  );
  const exact = rules.find((rule) => rule.pathType === 'Exact' && rule.path === path);
  const patterns = rules
    .filter(({ pathType }) => pathType !== 'Exact')
    .toSorted((one, other) => other.path.length - one.path.length);
  return (exact ?? patterns.find((rule) => new RegExp(`^${rule.path}`, 'i').test(path)))?.access;
}

test('with Gafaelfawr every path of the API demands what the ingress of the stack demands', () => {
  expect(PATHS.length).toBeGreaterThan(15);
  const found = Object.fromEntries(PATHS.map((path) => [path, applied(path)]));
  expect(found).toEqual(Object.fromEntries(PATHS.map((path) => [path, accessTo(path)])));
});

test('the only paths that everyone may open describe the API', () => {
  const open = PATHS.filter((path) => applied(path)?.kind === 'anonymous');
  expect(open).toEqual(['/nublado/openapi.json', '/nublado/docs', '/nublado/docs/static/index.css']);
});

test('progress of a spawn is neither buffered nor cut', () => {
  const streams = ingresses.filter(({ template }) =>
    template.spec.rules[0].http.paths.some(({ path }) => path.endsWith('/events')),
  );
  expect(streams.map(({ template }) => template.metadata.annotations)).toEqual([
    expect.objectContaining({
      'nginx.ingress.kubernetes.io/proxy-buffering': 'off',
      'nginx.ingress.kubernetes.io/proxy-read-timeout': '900',
    }),
  ]);
});

const SERVICE = 'nublado-controller';
const ingress = z.object({
  rules: z.tuple([
    z.object({
      host: z.string(),
      http: z.object({
        paths: z.array(
          z.object({
            path: z.string(),
            pathType: z.literal('Prefix'),
            backend: z.object({
              service: z.object({
                name: z.literal(SERVICE),
                port: z.object({ name: z.literal('http') }),
              }),
            }),
          }),
        ),
      }),
    }),
  ]),
  tls: z.tuple([z.object({ secretName: z.string(), hosts: z.tuple([z.string()]) })]),
});

test('an Ingress leads to API and files at the host of the platform, with its certificate', () => {
  const [found] = chart.objects(CASES['an Ingress'] ?? {}).filter(({ kind }) => kind === 'Ingress');
  const { rules, tls } = ingress.parse(found?.['spec']);
  expect(rules[0].host).toBe('labs.example.org');
  expect(rules[0].http.paths.map(({ path }) => path)).toEqual(['/nublado', '/files']);
  expect(tls).toEqual([{ secretName: 'tls', hosts: ['labs.example.org'] }]);
});

test('an HTTPRoute leads there by a Gateway, without a limit to the time of progress', () => {
  const [found] = chart.objects(CASES['an HTTPRoute'] ?? {}).filter(({ kind }) => kind === 'HTTPRoute');
  expect(found?.['spec']).toEqual({
    parentRefs: [{ name: 'public' }],
    hostnames: ['labs.example.org'],
    rules: [
      {
        matches: ['/nublado', '/files'].map((value) => ({ path: { type: 'PathPrefix', value } })),
        timeouts: { request: '0s' },
        backendRefs: [{ name: SERVICE, port: 80 }],
      },
    ],
  });
});
