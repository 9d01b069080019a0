import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { userLabelValue } from '../../src/domain/lab-key';
import { labObjects } from '../../src/objects/lab/objects';
import { copiedSecretNames, MissingSecretKey } from '../../src/objects/lab/secrets';
import { CASES, CASES_PATH, inputOf, manifestsOf } from './cases';

/** What the server gets, under the names that it knows. */
function manifests(name: string): unknown[] {
  return JSON.parse(JSON.stringify(manifestsOf(inputOf(name))).replaceAll('"_from":', '"from":'));
}

/** `UPDATE_GOLDEN=1` writes the files anew: then run the formatter, and read the difference. */
const isUpdating = process.env.UPDATE_GOLDEN === '1';

test.each(CASES)('the objects of the case "%s" are as recorded', (name) => {
  const path = join(CASES_PATH, name, 'expected.yaml');
  if (isUpdating) {
    writeFileSync(path, stringify(manifests(name), { lineWidth: 0, aliasDuplicateObjects: false }));
  }
  expect(existsSync(path)).toBe(true);
  expect(manifests(name)).toEqual(parse(readFileSync(path, 'utf8')));
});

test.each([
  ['case "everything"', join(CASES_PATH, 'everything/config.yaml')],
  ['end-to-end configuration', join(CASES_PATH, '../e2e/every-option.yaml')],
])('the %s leaves no option of labs out', (_what, path) => {
  const written = Object.keys(parse(readFileSync(path, 'utf8')).lab);
  const options = Object.keys(inputOf('everything').config.lab).map((key) => key.replace(/Ms$/, ''));
  expect(options.filter((option) => !written.includes(option))).toEqual([]);
});

const SECRET_VALUES = /value-of-[a-z-]+/;
const base64 = (text: string) => Buffer.from(text).toString('base64');

test.each(CASES)('no secret value of the case "%s" is outside its Secrets', (name) => {
  const input = inputOf(name);
  const { secrets, ...others } = labObjects(input);
  const tokens = input.secrets.token === null ? [] : [input.secrets.token];
  const values = [
    ...tokens,
    ...Object.values(input.secrets.hubEnvironment),
    ...[...Object.values(input.copiedSecrets), ...(input.pullSecret ? [input.pullSecret] : [])].flatMap(
      ({ data }) => Object.values(data).map((value) => Buffer.from(value, 'base64').toString()),
    ),
  ];
  const shown = JSON.stringify(others);
  expect(shown).not.toMatch(SECRET_VALUES);
  for (const value of values) {
    expect(shown).not.toContain(base64(value));
  }
  for (const token of tokens) {
    expect(JSON.stringify(secrets)).toContain(base64(token));
  }
});

function deepFreeze(value: unknown): void {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
}

test.each(CASES)('building the case "%s" leaves its input as it was', (name) => {
  const input = inputOf(name);
  deepFreeze(input);
  const before = JSON.stringify(input);
  expect(labObjects(input)).toEqual(labObjects(input));
  expect(JSON.stringify(input)).toBe(before);
});

test.each(CASES)('every mount in the case "%s" has a volume, and every volume a mount', (name) => {
  const { spec } = labObjects(inputOf(name)).pod;
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  const mounted = new Set(containers.flatMap(({ volumeMounts }) => volumeMounts?.map((mount) => mount.name)));
  expect(mounted).toEqual(new Set(spec?.volumes?.map((volume) => volume.name)));
});

test('claims are made exactly for the claim volumes in the pod', () => {
  const { claims, pod } = labObjects(inputOf('everything'));
  const used = pod.spec?.volumes?.flatMap(
    ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [],
  );
  expect(claims.map(({ metadata }) => metadata?.name)).toEqual(used);
  expect(used).toEqual(['rachel-nb-pvc-project']);
});

test('configured labels and annotations replace none of the controller’s', () => {
  const { pod, namespace } = labObjects(inputOf('labels-and-annotations'));
  expect(namespace.metadata?.labels).toEqual({
    team: 'science',
    component: 'mine',
    'hub.jupyter.org/username': 'mine',
    'hub.jupyter.org/network-access-hub': 'true',
    'nublado.lsst.io/category': 'lab',
    'nublado.lsst.io/user': 'rachel',
    'nublado.lsst.io/spawn-id': 'op-1',
    'app.kubernetes.io/name': 'nublado-lab',
    'app.kubernetes.io/component': 'lab',
    'app.kubernetes.io/part-of': 'nublado',
    'app.kubernetes.io/managed-by': 'nublado-controller',
    'argocd.argoproj.io/instance': 'nublado-users',
  });
  expect(pod.metadata?.labels).toEqual({
    ...namespace.metadata?.labels,
    component: 'singleuser-server',
    'hub.jupyter.org/username': 'rachel',
  });
  expect(pod.metadata?.annotations).toMatchObject({
    'nublado.lsst.io/user-groups': '[{"name":"rachel","id":1101}]',
    'hub.jupyter.org/username': 'rachel',
  });
});

test.each(CASES)('selectors of the case "%s" know the custom labels only, and no lab is a hub', (name) => {
  const user = userLabelValue(inputOf(name).plan.user.username);
  const own = { matchLabels: { 'nublado.lsst.io/category': 'lab', 'nublado.lsst.io/user': user } };
  const hub = { namespaceSelector: {}, podSelector: { matchLabels: { app: 'jupyterhub' } } };
  const [networkPolicy, pod] = manifests(name).slice(-2);
  expect(networkPolicy).toHaveProperty('spec.podSelector', own);
  expect(networkPolicy).toHaveProperty('spec.ingress.0.from', [{ namespaceSelector: own }, hub]);
  expect(pod).not.toHaveProperty('metadata.labels.app');
});

const usesHubSecret = (container: unknown): boolean => JSON.stringify(container).includes('hub-env.');

test('the hub secrets reach the notebook container only, and no mounted directory', () => {
  const { spec } = labObjects(inputOf('everything')).pod;
  expect(spec?.containers.filter(usesHubSecret).map(({ name }) => name)).toEqual(['notebook']);
  expect(spec?.initContainers?.filter(usesHubSecret)).toEqual([]);
  const items = spec?.volumes?.find(({ name }) => name === 'secrets')?.secret?.items?.map(({ key }) => key);
  expect(items).toEqual(['butler', 'plain', 'aws', 'token']);
});

test('a lab without token and configured secrets has no directory of secrets, which would show the hub’s', () => {
  const { secrets, pod } = labObjects(inputOf('plain-image'));
  expect(Object.keys(secrets[0]?.data ?? {})).toEqual(['hub-env.JUPYTERHUB_API_TOKEN']);
  expect(pod.spec?.volumes?.filter(({ secret }) => secret)).toEqual([]);
});

test('a configured secret without its key is named', () => {
  const input = { ...inputOf('everything'), copiedSecrets: {} };
  expect(() => labObjects(input)).toThrow(new MissingSecretKey('site', 'butler'));
});

test('each secret to copy is read once, in order', () => {
  expect(copiedSecretNames(inputOf('everything').config.lab)).toEqual(['extra', 'site']);
});
