import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { labObjects } from '../../src/objects/lab/objects';
import { copiedSecretNames, MissingSecretKey } from '../../src/objects/lab/secrets';
import { CASES, CASES_PATH, inputOf } from './cases';

/** What the server gets, under the names that it knows. */
function manifests(name: string): unknown[] {
  const { namespace, claims, configMaps, secrets, quota, networkPolicy, pod } = labObjects(inputOf(name));
  const inOrder = [
    namespace,
    ...claims,
    ...configMaps,
    ...secrets,
    ...(quota ? [quota] : []),
    networkPolicy,
    pod,
  ];
  return JSON.parse(JSON.stringify(inOrder).replaceAll('"_from":', '"from":'));
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

const SECRET_VALUES = /value-of-[a-z-]+/;
const base64 = (text: string) => Buffer.from(text).toString('base64');

test.each(CASES)('no secret value of the case "%s" is outside its Secrets', (name) => {
  const input = inputOf(name);
  const { secrets, ...others } = labObjects(input);
  const values = [
    input.secrets.token ?? '',
    ...Object.values(input.secrets.hubEnvironment),
    ...Object.values(input.copiedSecrets).flatMap(({ data }) =>
      Object.values(data).map((value) => Buffer.from(value, 'base64').toString()),
    ),
  ];
  const shown = JSON.stringify(others);
  expect(shown).not.toMatch(SECRET_VALUES);
  for (const value of values) {
    expect(shown).not.toContain(base64(value));
  }
  expect(JSON.stringify(secrets)).toContain(base64(input.secrets.token ?? ''));
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

test('a display name adds neither lines nor fields to the passwd file', () => {
  const passwd = labObjects(inputOf('colon')).configMaps[1]?.data?.passwd?.trimEnd().split('\n');
  expect(passwd).toHaveLength(2);
  expect(passwd?.[1]?.split(':')).toEqual([
    'rachel',
    'x',
    '1101',
    '1101',
    'Ra chel root2 x 0 0  / /bin/sh',
    '/home/rachel',
    '/bin/bash',
  ]);
});

const usesHubSecret = (container: unknown): boolean => JSON.stringify(container).includes('hub-env.');

test('the hub secrets reach the notebook container only, and no mounted directory', () => {
  const { spec } = labObjects(inputOf('everything')).pod;
  expect(spec?.containers.filter(usesHubSecret).map(({ name }) => name)).toEqual(['notebook']);
  expect(spec?.initContainers?.filter(usesHubSecret)).toEqual([]);
  const items = spec?.volumes?.find(({ name }) => name === 'secrets')?.secret?.items?.map(({ key }) => key);
  expect(items).toEqual(['butler', 'plain', 'aws', 'token']);
});

test('a configured secret without its key is named', () => {
  const input = { ...inputOf('everything'), copiedSecrets: {} };
  expect(() => labObjects(input)).toThrow(new MissingSecretKey('site', 'butler'));
});

test('each secret to copy is read once, in order', () => {
  expect(copiedSecretNames(inputOf('everything').config.lab)).toEqual(['extra', 'site']);
});
