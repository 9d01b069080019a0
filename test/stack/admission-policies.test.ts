import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubernetesObject } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { z } from 'zod';
import { isMapping, snakeCase } from '../../src/config/schema/section';
import { prepullPod } from '../../src/objects/prepull-pod';
import { CASES, CASES_PATH, inputOf, manifestsOf } from '../objects/cases';
import {
  FILE_SERVER_CASES,
  FILE_SERVER_PATH,
  FSADMIN_CASES,
  FSADMIN_PATH,
  fileServerInput,
  fileServerManifests,
  fsadminInput,
  fsadminManifests,
} from '../objects/file-server-cases';
import { type Manifest, manifestsIn, theChart, valuesText, yamlFile } from '../support/chart';
import { HeldAccounts } from '../support/held-accounts';

/** The admission policies of the chart, on the stack's API server: nothing that the controller creates is refused. */

/** The image that golden objects have for standard containers. */
const REPOSITORY = 'ghcr.io/lsst-sqre/nublado';
/** Stands for the name of the account in what is rendered. */
const ACCOUNT = 'held-account';

let accounts: HeldAccounts;
/** Accounts by golden case: cases of equal policies have one. */
const accountOf = new Map<string, string>();

/** A case's configuration, for this test's namespaces. */
function configOf(directory: string): Record<string, unknown> {
  const config = Object(parse(readFileSync(join(directory, 'config.yaml'), 'utf8'), { version: '1.1' }));
  const { lab, fileserver } = config;
  return {
    ...config,
    lab: { ...lab, namespacePrefix: accounts.prefix },
    ...(fileserver ? { fileserver: { ...fileserver, namespace: accounts.files } } : {}),
  };
}

const valuesOf = (config: object): object => ({
  config,
  image: { repository: REPOSITORY },
  serviceAccount: { name: ACCOUNT },
});

const renamed = (manifests: readonly Manifest[], account: string): Manifest[] =>
  z.array(z.custom<Manifest>()).parse(JSON.parse(JSON.stringify(manifests).replaceAll(ACCOUNT, account)));

beforeAll(async () => {
  accounts = await HeldAccounts.create();
  const directories = [
    ...CASES.map((name) => join(CASES_PATH, name)),
    ...FILE_SERVER_CASES.map((name) => join(FILE_SERVER_PATH, name)),
    ...FSADMIN_CASES.map((name) => join(FSADMIN_PATH, name)),
  ];
  const known = new Map<string, string>();
  for (const directory of directories) {
    const manifests = accounts.rendered(valuesOf(configOf(directory)));
    const text = JSON.stringify(manifests);
    const account = known.get(text) ?? `held-${known.size}`;
    if (!known.has(text)) accounts.apply(renamed(manifests, account));
    known.set(text, account);
    accountOf.set(directory, account);
  }
  for (const account of known.values()) await accounts.untilHeld(account);
});

afterAll(() => accounts.remove(CASES.map((_name, index) => namespaceOf(index))));

const namespaceOf = (index: number): string => `${accounts.prefix}-${index}`;
const account = (directory: string): string => accountOf.get(directory) ?? '';

test('the cases have policies of many kinds', () => {
  expect(new Set(accountOf.values()).size).toBeGreaterThan(10);
});

test.each(CASES)('the lab of the case "%s" is created and deleted', async (name) => {
  const { plan, ...rest } = inputOf(name);
  const namespace = namespaceOf(CASES.indexOf(name));
  const [first, ...others] = manifestsOf({ ...rest, plan: { ...plan, namespace } });
  const worker = account(join(CASES_PATH, name));
  expect(await accounts.create(worker, [first ?? {}])).toMatchObject({ outcome: 'allowed' });
  const result = await accounts.tryCreate(worker, others);
  expect(result).toMatchObject({ outcome: 'allowed' });
  expect(result.message.trim().split('\n')).toHaveLength(others.length);
  expect(await accounts.tryDelete(worker, 'namespace', namespace)).toMatchObject({ outcome: 'allowed' });
});

const sameNamespace = (manifests: readonly KubernetesObject[], namespace: string): KubernetesObject[] =>
  manifests.map((manifest) => ({ ...manifest, metadata: { ...manifest.metadata, namespace } }));

test.each(FILE_SERVER_CASES)('the file server of the case "%s" is created', async (name) => {
  const manifests = sameNamespace(fileServerManifests(fileServerInput(name)), accounts.files);
  const result = await accounts.tryCreate(account(join(FILE_SERVER_PATH, name)), manifests);
  expect(result).toMatchObject({ outcome: 'allowed' });
  expect(result.message.trim().split('\n')).toHaveLength(manifests.length);
});

test.each(FSADMIN_CASES)(
  'the pod for file system administration of the case "%s" is created',
  async (name) => {
    const manifests = fsadminManifests({ ...fsadminInput(name), namespace: accounts.namespace });
    const result = await accounts.tryCreate(account(join(FSADMIN_PATH, name)), manifests);
    expect(result).toMatchObject({ outcome: 'allowed' });
    expect(result.message.trim().split('\n')).toHaveLength(manifests.length);
  },
);

test('a pod that pulls an image is created', async () => {
  const pod = prepullPod({
    name: 'prepull',
    namespace: accounts.namespace,
    node: 'node-1',
    reference: 'registry.example/lab@sha256:1234',
    id: 'a-pull',
    tolerations: [],
    pullSecret: 'pull-secret',
  });
  const worker = account(join(CASES_PATH, 'minimal'));
  expect(await accounts.tryCreate(worker, [pod])).toMatchObject({ outcome: 'allowed' });
});

const checked = z.looseObject({
  kind: z.literal('ValidatingAdmissionPolicy'),
  metadata: z.looseObject({ name: z.string(), generation: z.number() }),
  status: z.looseObject({
    observedGeneration: z.number(),
    typeChecking: z.looseObject({ expressionWarnings: z.array(z.unknown()).optional() }).optional(),
  }),
});

test('the API server finds no mistake in the types of any expression', async () => {
  const names = [...new Set(accountOf.values())].map((each) => `${accounts.namespace}-${each}`);
  const kinds = ['namespaces', 'objects', 'pods', 'claims'];
  for (const name of names.flatMap((each) => kinds.map((kind) => `${each}-${kind}`))) {
    const isChecked = '--for=jsonpath={.status.observedGeneration}=1';
    accounts.chart.kubectl(['wait', isChecked, 'validatingadmissionpolicy', name]);
    const { output } = accounts.chart.kubectl(['get', 'validatingadmissionpolicy', name, '--output=json']);
    const { status } = checked.parse(JSON.parse(output));
    expect([name, status.typeChecking?.expressionWarnings ?? []]).toEqual([name, []]);
  }
});

/** The keys of the configuration in their other spelling; names of variables have no lower case. */
function inSnakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inSnakeCase);
  if (!isMapping(value)) return value;
  const entries = Object.entries(value).map(([key, content]) => {
    const isOurs = /^[a-z]+(?:[A-Z][a-z]+)+$/.test(key);
    return [isOurs ? snakeCase(key) : key, inSnakeCase(content)];
  });
  return Object.fromEntries(entries);
}

const DIRECTORIES = [join(CASES_PATH, 'everything'), join(FSADMIN_PATH, 'everything')];

test.each(DIRECTORIES)('keys may be in either spelling: %s', (directory) => {
  const config = configOf(directory);
  const policies = (values: object) =>
    accounts.rendered(valuesOf(values)).filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
  expect(policies(Object(inSnakeCase(config)))).toEqual(policies(config));
  expect(policies(config)).toHaveLength(4);
});

test('of a former configuration, labs and their volumes are permitted too', async () => {
  const former = Object(configOf(join(CASES_PATH, 'everything'))).lab;
  const config = configOf(join(CASES_PATH, 'minimal'));
  const admissionPolicies = { formerLab: { ...former, namespacePrefix: `${accounts.namespace}-old` } };
  const values = {
    ...valuesOf(config),
    image: { repository: 'registry.example/nublado' },
    admissionPolicies,
  };
  accounts.apply(renamed(accounts.rendered(values), 'held-former'));
  await accounts.untilHeld('held-former');
  const { plan, ...rest } = inputOf('everything');
  const namespace = `${accounts.namespace}-old-rachel`;
  const [first, ...others] = manifestsOf({ ...rest, plan: { ...plan, namespace } });
  try {
    expect(await accounts.create('held-former', [first ?? {}])).toMatchObject({ outcome: 'allowed' });
    expect(await accounts.tryCreate('held-former', others)).toMatchObject({ outcome: 'allowed' });
    const without = account(join(CASES_PATH, 'minimal'));
    expect(await accounts.tryCreate(without, others)).toMatchObject({ outcome: 'refused' });
  } finally {
    accounts.chart.kubectl(['delete', 'namespace', namespace, '--wait=false']);
  }
});

const EXAMPLE = yamlFile('config/example.yaml');

test.each([
  ['without a configuration', {}],
  ['when they are turned off', { config: EXAMPLE, admissionPolicies: { enabled: false } }],
])('there are no policies %s', async (_when, values) => {
  const chart = await theChart();
  const { output } = chart.render(valuesText(values));
  expect(manifestsIn(output).filter(({ kind }) => kind.startsWith('ValidatingAdmission'))).toEqual([]);
});
