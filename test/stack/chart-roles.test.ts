import { z } from 'zod';
import { permissionsIn, RULE_FILES, type RuleFile } from '../../scripts/permissions/rules';
import { type Chart, NAMESPACE, theChart } from '../support/chart';
import { LAB } from '../support/chart-cases';

/** The roles of the chart are the files of rules, and nothing else. */

const FILES_NAMESPACE = 'files';

const rule = z.strictObject({
  apiGroups: z.array(z.string()),
  resources: z.array(z.string()),
  resourceNames: z.array(z.string()).default([]),
  verbs: z.array(z.string()),
});
const role = z.looseObject({
  kind: z.enum(['Role', 'ClusterRole']),
  metadata: z.looseObject({ namespace: z.string().default('everywhere') }),
  rules: z.array(rule),
});

let chart: Chart;

beforeAll(async () => {
  chart = await theChart();
});

/** Every verb of the roles that a chart with these values has, with its place. */
function grantedBy(values: object): string[] {
  return chart
    .objects(values)
    .flatMap((object) => role.safeParse(object).data ?? [])
    .flatMap(({ metadata, rules }) =>
      rules.flatMap(({ apiGroups, resourceNames, resources, verbs }) =>
        apiGroups.flatMap((group) =>
          resources.flatMap((resource) =>
            verbs.map((verb) => textOf(metadata.namespace, verb, group, resource, resourceNames)),
          ),
        ),
      ),
    )
    .toSorted();
}

function textOf(place: string, verb: string, group: string, resource: string, names: readonly string[]) {
  return [place, verb, group, resource, ...names].join(' ');
}

/** The same of files, of which that for Secrets has these names. */
function permittedBy(files: readonly RuleFile[], secrets: readonly string[] = []): string[] {
  return files
    .flatMap((file) =>
      permissionsIn(file).map(({ verb, apiGroup, resource, resourceNames }) =>
        textOf(
          placeOf(file),
          verb,
          apiGroup,
          resource,
          file === 'lab-secrets-rules.yaml' ? secrets : resourceNames,
        ),
      ),
    )
    .toSorted();
}

function placeOf(file: RuleFile): string {
  if (file === 'controller-rules.yaml' || file === 'watcher-rules.yaml') return 'everywhere';
  return file.startsWith('file-server') ? FILES_NAMESPACE : NAMESPACE;
}

const ROUTING: readonly RuleFile[] = [
  'file-server-gafaelfawr-rules.yaml',
  'file-server-ingress-rules.yaml',
  'file-server-httproute-rules.yaml',
];
const INGRESS = { ingress: { type: 'ingress' } };
const HTTP_ROUTE = { ingress: { type: 'httpRoute', parentRefs: [{ name: 'public' }] } };

test.each([
  ['file-server-gafaelfawr-rules.yaml', {}],
  ['file-server-ingress-rules.yaml', INGRESS],
  ['file-server-httproute-rules.yaml', HTTP_ROUTE],
] as const)('with all its options the chart grants all rules, and %s of the three', (file, routing) => {
  const lab = { ...LAB.lab, pullSecret: 'registry' };
  const fileserver = { enabled: true, namespace: FILES_NAMESPACE, ...routing };
  const granted = grantedBy({
    config: { ...LAB, lab, fileserver },
    hubStandby: { serviceAccount: 'hub' },
  });
  const files = (Object.keys(RULE_FILES) as RuleFile[]).filter(
    (each) => each === file || !ROUTING.includes(each),
  );

  expect(granted).toEqual(permittedBy(files, ['registry']));
  const creates = granted.some((text) => text.includes('create networking.k8s.io ingresses'));
  expect(creates).toBe(file === 'file-server-ingress-rules.yaml');
});

/** The names of the Secrets that the workers' account may read. */
const readableWith = (values: object): string[] =>
  grantedBy(values)
    .filter((text) => text.startsWith(`${NAMESPACE} get  secrets`))
    .map((text) => text.split(' ').slice(4).join(' '));

describe('the Secrets that workers may read', () => {
  test('are those of the configuration, in either spelling', () => {
    const secrets = [
      { secretName: 'site', secretKey: 'a' },
      { secret_name: 'other', secret_key: 'b' },
      { secretName: 'site', secretKey: 'c' },
    ];
    const lab = { ...LAB.lab, secrets };

    expect(readableWith({ config: { ...LAB, lab: { ...lab, pullSecret: 'registry' } } })).toEqual([
      'other registry site',
    ]);
    expect(readableWith({ config: { ...LAB, lab: { ...lab, pull_secret: 'registry' } } })).toEqual([
      'other registry site',
    ]);
  });

  test('are those of the former configuration too', () => {
    const formerLab = { ...LAB.lab, pullSecret: 'former', secrets: null };
    expect(readableWith({ config: LAB, admissionPolicies: { formerLab } })).toEqual(['former']);
  });

  test('are those that the values list where the configuration is elsewhere', () => {
    const configuration = { existingSecret: 'site-config', labSecrets: ['site', 'registry'] };
    expect(readableWith({ configuration })).toEqual(['registry site']);
  });

  test.each([
    ['a configuration without any', { config: LAB }],
    ['a configuration elsewhere', { configuration: { existingSecret: 'site-config' } }],
    ['no configuration', {}],
  ])('are none with %s: a rule without names would be for all', (_what, values) => {
    expect(readableWith(values)).toEqual([]);
  });
});
