import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  accessIn,
  namedSecrets,
  requiredAccess,
  ruleFiles,
} from '../../../../src/cli/doctor/required-access';
import type { Access } from '../../../../src/kubernetes/questions';
import { aConfig, fileServersBy } from './config';

const metadata = { name: null, namespace: 'nublado', uid: null };
const LAB =
  '  pullSecret: pull\n  secrets: [{ secretName: lab, secretKey: a }, { secretName: lab, secretKey: b }]\n';

const asText = ({ verb, group, resource, namespace, name }: Access) =>
  `${verb} ${resource}${group && `.${group}`}${name === null ? '' : ` ${name}`} in ${namespace ?? '*'}`;

const accessOf = async (part: 'api' | 'worker' | 'watcher' | 'all', sections = '', lab = '') => {
  const config = aConfig(sections, lab);
  return (await requiredAccess({ part, config, metadata })).map(asText);
};

test('each rule is asked for every verb, group, resource and name, but Secrets by those that are named', () => {
  const text = `
- { apiGroups: ["", apps], resources: [a, b], verbs: [get, list] }
- { apiGroups: [c], resources: [leases], verbs: [update], resourceNames: [one, two] }
- { apiGroups: [""], resources: [secrets], verbs: [get, create] }
`;
  const access = accessIn(text, 'n');
  expect(access.map(asText)).toEqual([
    ...['a', 'b'].flatMap((name) => [`get ${name} in n`, `list ${name} in n`]),
    ...['a', 'b'].flatMap((name) => [`get ${name}.apps in n`, `list ${name}.apps in n`]),
    'update leases.c one in n',
    'update leases.c two in n',
    'create secrets in n',
  ]);
});

test('the API needs nothing, and the watcher to follow pods and events', async () => {
  expect(await accessOf('api')).toEqual([]);
  const watcher = await accessOf('watcher');
  expect(watcher).toEqual(expect.arrayContaining(['list pods in *', 'watch events.events.k8s.io in *']));
  expect(watcher.filter((text) => !/^(?:list|watch) (?:pods|events)\b/.test(text))).toEqual([]);
});

test('workers need what the watcher needs, and to make labs', async () => {
  const worker = await accessOf('worker', '', LAB);
  expect(worker).toEqual(expect.arrayContaining(await accessOf('watcher')));
  expect(worker).toEqual(
    expect.arrayContaining(['create pods in *', 'create namespaces in *', 'get secrets lab in nublado']),
  );
  expect(worker.filter((text) => text.startsWith('get secrets'))).toEqual([
    'get secrets lab in nublado',
    'get secrets pull in nublado',
  ]);
  expect(new Set(worker).size).toBe(worker.length);
  expect(await accessOf('all', '', LAB)).toEqual(worker);
});

test.each([
  ['{ type: gafaelfawr }', 'create gafaelfawringresses.gafaelfawr.lsst.io in files'],
  ['{ type: ingress }', 'create ingresses.networking.k8s.io in files'],
  [
    '{ type: httpRoute, parentRefs: [{ name: public }] }',
    'create httproutes.gateway.networking.k8s.io in files',
  ],
])('with file servers by %s they need these as well', async (type, expected) => {
  const sections = fileServersBy(type);
  const worker = await accessOf('worker', sections);
  expect(worker).toContain(expected);
  expect(worker).toContain('create jobs.batch in files');
  expect(await accessOf('watcher', sections)).toEqual(await accessOf('watcher'));
});

test('Secrets are those that labs and pulls name, each once', () => {
  expect(namedSecrets(aConfig('', LAB))).toEqual(['lab', 'pull']);
  expect(namedSecrets(aConfig(''))).toEqual([]);
});

test('every file of rules that the chart grants to the controller is asked for', () => {
  const types = [
    '{ type: gafaelfawr }',
    '{ type: ingress }',
    '{ type: httpRoute, parentRefs: [{ name: public }] }',
  ];
  const asked = types.flatMap((type) =>
    (['worker', 'watcher'] as const).flatMap((part) =>
      ruleFiles({ part, config: aConfig(fileServersBy(type)), metadata }).map(({ file }) => file),
    ),
  );
  // Those of the hub and of a hook; and Secrets, which are asked for by name.
  const others = ['hub-standby-rules.yaml', 'sealing-keys-rules.yaml', 'lab-secrets-rules.yaml'];
  const files = readdirSync(join(__dirname, '../../../../helm/files')).filter((file) =>
    file.endsWith('-rules.yaml'),
  );
  expect([...new Set(asked)].toSorted()).toEqual(files.filter((file) => !others.includes(file)).toSorted());
});
