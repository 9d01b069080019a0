import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { fileServerObjects } from '../../src/objects/file-server/objects';
import { fsadminObjects } from '../../src/objects/fsadmin';
import { labObjects } from '../../src/objects/lab/objects';
import { inputOf } from './cases';
import {
  FILE_SERVER_CASES,
  FILE_SERVER_PATH,
  FSADMIN_CASES,
  FSADMIN_PATH,
  fileServerInput,
  fileServerManifests,
  fsadminInput,
  fsadminManifests,
} from './file-server-cases';

/** What is recorded for a case. `UPDATE_GOLDEN=1` writes it anew: then run the formatter, and read the difference. */
function recorded(path: string, manifests: unknown): unknown {
  if (process.env['UPDATE_GOLDEN'] === '1') {
    writeFileSync(path, stringify(manifests, { lineWidth: 0, aliasDuplicateObjects: false }));
  }
  return parse(readFileSync(path, 'utf8'));
}

const plain = (manifests: unknown): unknown => JSON.parse(JSON.stringify(manifests));

test.each(FILE_SERVER_CASES)('the file server of the case "%s" is as recorded', (name) => {
  const manifests = plain(fileServerManifests(fileServerInput(name)));
  expect(manifests).toEqual(recorded(join(FILE_SERVER_PATH, name, 'expected.yaml'), manifests));
});

test.each(FSADMIN_CASES)('the administration pod of the case "%s" is as recorded', (name) => {
  const manifests = plain(fsadminManifests(fsadminInput(name)));
  expect(manifests).toEqual(recorded(join(FSADMIN_PATH, name, 'expected.yaml'), manifests));
});

test.each([
  [
    'fileserver',
    join(FILE_SERVER_PATH, 'everything/config.yaml'),
    fileServerInput('everything').config.fileserver,
  ],
  ['fsadmin', join(FSADMIN_PATH, 'everything/config.yaml'), fsadminInput('everything').config.fsadmin],
])('the case "everything" leaves no option of %s out', (section, path, config) => {
  const written = Object.keys(parse(readFileSync(path, 'utf8'))[section]);
  const options = Object.keys(config).map((key) => key.replace(/Ms$/, ''));
  expect(options.filter((option) => !written.includes(option))).toEqual([]);
});

const podsOf = (name: string) => [
  fileServerObjects(fileServerInput(name)).job.spec?.template.spec,
  ...(FSADMIN_CASES.includes(name) ? [fsadminObjects(fsadminInput(name)).pod.spec] : []),
];

test.each(FILE_SERVER_CASES)(
  'every mount in the case "%s" has a volume, and every volume a mount',
  (name) => {
    for (const spec of podsOf(name)) {
      const mounted = spec?.containers.flatMap(({ volumeMounts = [] }) =>
        volumeMounts.map((mount) => mount.name),
      );
      expect(new Set(mounted)).toEqual(new Set(spec?.volumes?.map((volume) => volume.name)));
    }
  },
);

test('claims are made exactly for the claim volumes in the pods', () => {
  const server = fileServerObjects(fileServerInput('everything'));
  const admin = fsadminObjects(fsadminInput('everything'));
  const pods = [
    [server.claims, server.job.spec?.template.spec, ['rachel-fs-pvc-shared', 'rachel-fs-pvc-archive']],
    [admin.claims, admin.pod.spec, ['storage-admin-pvc-archive', 'storage-admin-pvc-quota']],
  ] as const;
  for (const [claims, spec, names] of pods) {
    const used = spec?.volumes?.flatMap((volume) => volume.persistentVolumeClaim?.claimName ?? []);
    expect([claims.map(({ metadata }) => metadata?.name), used]).toEqual([names, names]);
  }
});

function deepFreeze(value: unknown): void {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
}

test.each(FILE_SERVER_CASES)(
  'building the file server of the case "%s" leaves its input as it was',
  (name) => {
    const input = fileServerInput(name);
    deepFreeze(input);
    const before = JSON.stringify(input);
    expect(fileServerObjects(input)).toEqual(fileServerObjects(input));
    expect(JSON.stringify(input)).toBe(before);
  },
);

/** A deep copy that, unlike a configuration, nothing protects from being changed. */
const thawed = <T>(value: T): T => structuredClone(value);

test('a lab mounts read-only what is read-only, also after an administration pod has been built of its configuration', () => {
  const { config: frozen, ...rest } = inputOf('everything');
  const { fsadmin } = fsadminInput('everything').config;
  const config = { ...thawed(frozen), fsadmin: thawed(fsadmin) };
  const before = JSON.stringify(config);
  const lab = () => labObjects({ ...rest, config }).pod.spec;
  const expected = JSON.stringify(lab());
  expect(lab()?.containers[0]?.volumeMounts).toContainEqual({
    name: 'local',
    mountPath: '/data',
    readOnly: true,
  });

  const { pod, claims } = fsadminObjects({ config, namespace: 'nublado', operationId: 'op-1' });
  const [container] = pod.spec?.containers ?? [];
  expect(container?.volumeMounts?.filter(({ readOnly }) => readOnly !== false)).toEqual([]);
  for (const object of [pod, ...claims]) makeWritable(object);

  expect(JSON.stringify(lab())).toBe(expected);
  expect(JSON.stringify(config)).toBe(before);
});

/** Changes what it can reach: an object that shares a value with the configuration would change that. */
function makeWritable(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if ('readOnly' in value) value.readOnly = false;
  if (Array.isArray(value)) value.push('changed');
  else Object.assign(value, { changed: true });
  for (const content of Object.values(value)) if (content !== 'changed') makeWritable(content);
}

test('everything in an administration pod is writable, also volumes that are read-only themselves', () => {
  const { spec } = fsadminObjects(fsadminInput('everything')).pod;
  expect(JSON.stringify(spec)).not.toContain('"readOnly":true');
  expect(JSON.stringify(fsadminInput('everything').config.lab)).toContain('"readOnly":true');
});

test('configured annotations do not say whose a file server is', () => {
  const { job } = fileServerObjects(fileServerInput('email-username'));
  for (const metadata of [job.metadata, job.spec?.template.metadata]) {
    expect(metadata?.annotations?.['nublado.lsst.io/user']).toBe('ada.lovelace@example.org');
  }
});

test.each(FILE_SERVER_CASES)(
  'the selector of the case "%s" finds the pod, by the custom labels only',
  (name) => {
    const { job, service } = fileServerObjects(fileServerInput(name));
    const { selector = {} } = service.spec ?? {};
    expect(Object.keys(selector)).toEqual(['nublado.lsst.io/category', 'nublado.lsst.io/user']);
    expect(job.spec?.template.metadata?.labels).toMatchObject(selector);
  },
);

test.each(['ingress', 'http-route'])(
  'behind the %s of no Gafaelfawr the program authenticates callers',
  (name) => {
    const [container] = fileServerObjects(fileServerInput(name)).job.spec?.template.spec?.containers ?? [];
    expect(container?.args).toEqual(['--user=rachel', '--hub-api-url=http://hub:8081/hub/api']);
  },
);
