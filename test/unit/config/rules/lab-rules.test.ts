import { documentProblems, labProblems } from '../sample-documents';

const resources = { limits: { cpu: 1, memory: 2 }, requests: { cpu: 1, memory: 2 } };
const size = (name: string) => ({ size: name, resources });
const volume = (name: string) => ({ name, source: { type: 'hostPath', path: '/x' } });
const mount = (containerPath: string, volumeName = 'home') => ({ containerPath, volumeName });
const initContainer = (name: string, volumeMounts: object[] = []) => ({
  name,
  image: { repository: 'r', tag: 't' },
  volumeMounts,
});
const secret = (secretKey: string, keys: object = {}) => ({ secretName: 's', secretKey, ...keys });

describe('rules across the keys of lab', () => {
  test.each<[string, Record<string, unknown>, string[]]>([
    [
      'the home volume must exist',
      { homeVolumeName: 'house' },
      ['lab.homeVolumeName: A home volume is required: "house" is not one of volumes'],
    ],
    [
      'lab mounts need a volume',
      { volumeMounts: [mount('/data', 'data')] },
      ['lab.volumeMounts[0].volumeName: Unknown mounted volume data'],
    ],
    [
      'init container mounts need a volume',
      { initContainers: [initContainer('a', [mount('/data', 'data')])] },
      ['lab.initContainers[0].volumeMounts[0].volumeName: Unknown mounted volume data'],
    ],
    [
      'volume names are unique',
      { volumes: [volume('home'), volume('home')] },
      ['lab.volumes[1].name: "home" is the name of an earlier volume'],
    ],
    [
      'volumes may not be named like automatic ones or files',
      { volumes: [volume('home'), volume('tmp'), volume('a-b')], files: { '/x/a_b': '' } },
      [
        'lab.volumes[1].name: "tmp" is the name of an automatic volume',
        'lab.volumes[2].name: "a-b" is the name of an automatic volume',
      ],
    ],
    [
      'labs may not be labelled as the hub',
      { labels: { app: 'jupyterhub', component: 'hub' } },
      ['lab.labels.app: "jupyterhub" would let labs reach each other; leave it to the hub'],
    ],
    [
      'sizes are unique',
      { sizes: [size('small'), size('small')] },
      ['lab.sizes[1].size: "small" is listed twice'],
    ],
    [
      'sizes are not empty',
      { sizes: [] },
      ['lab.sizes: an empty list is not allowed; at least one size is needed'],
    ],
    [
      'the default size is configured',
      { defaultSize: 'huge' },
      ['lab.defaultSize: "huge" is not one of sizes'],
    ],
    [
      'reserved variables cannot be set, neither directly nor from secrets',
      { env: { DEBUG: 'x', JUPYTERHUB_X: 'y', FINE: 'z' }, secrets: [secret('a', { env: 'ACCESS_TOKEN' })] },
      [
        'lab.env.DEBUG: "DEBUG" is set by the controller and reserved',
        'lab.env.JUPYTERHUB_X: "JUPYTERHUB_X" is set by the controller and reserved',
        'lab.secrets[0].env: "ACCESS_TOKEN" is set by the controller and reserved',
      ],
    ],
    [
      'secret keys are unique and not reserved',
      { secrets: [secret('a'), secret('a'), secret('token'), secret('hub-env.JPY_API_TOKEN')] },
      [
        'lab.secrets[1].secretKey: "a" is the key of an earlier secret',
        'lab.secrets[2].secretKey: "token" is reserved for the controller',
        'lab.secrets[3].secretKey: "hub-env.JPY_API_TOKEN" is reserved for the controller',
      ],
    ],
    [
      'files have absolute, free paths whose base names differ',
      { files: { 'a/b': '', '/tmp/': '', '/x/c_d': '', '/y/c.d': '', '/z/discovery-v1-json': '' } },
      [
        'lab.files.a/b: "a/b" is not an absolute path free for files',
        'lab.files./tmp/: "/tmp/" is not an absolute path free for files',
        'lab.files./y/c.d: its base name gives the key "c-d", which is taken',
        'lab.files./z/discovery-v1-json: its base name gives the key "discovery-v1-json", which is taken',
      ],
    ],
    [
      'init containers have unique names that are not reserved',
      { initContainers: [initContainer('a'), initContainer('a'), initContainer('notebook')] },
      [
        'lab.initContainers[1].name: "a" is the name of an earlier init container',
        'lab.initContainers[2].name: "notebook" is a reserved name',
      ],
    ],
    [
      'two mounts cannot share a place, automatic ones included',
      {
        volumeMounts: [mount('/home'), mount('/home/'), mount('/etc/nublado/secrets')],
        secrets: [secret('a', { path: '/home' })],
      },
      [
        'lab.volumeMounts[0].containerPath: "/home" is taken by the secret a; the volume home needs another',
        'lab.volumeMounts[1].containerPath: "/home" is taken by the secret a; the volume home needs another',
        'lab.volumeMounts[2].containerPath: "/etc/nublado/secrets" is taken by the automatic secrets mount; the volume home needs another',
      ],
    ],
  ])('%s', (_, keys, problems) => {
    expect(labProblems(keys)).toEqual(expect.arrayContaining(problems));
  });

  test.each(['/tmp', '/tmp/', '/etc//passwd', '/etc/./group', 'home'])(
    'nothing can be mounted at %p',
    (path) => {
      expect(labProblems({ volumeMounts: [mount(path)] })).toEqual([
        `lab.volumeMounts[0].containerPath: "${path}" is not an absolute path other than /etc/group, /etc/passwd, /tmp`,
      ]);
    },
  );

  test.each(['{{ name }}', '{% if uid %}', '{{ uid', '{{ uid | int }}'])(
    'the template %p is refused',
    (text) => {
      expect(labProblems({ namespaceAnnotations: { note: text } })).toEqual([
        `lab.namespaceAnnotations.note: "${text}" is not a template that uses only {{ uid }} and {{ gid }}`,
      ]);
    },
  );

  test('file servers and the administration pod mount known volumes only', () => {
    expect(
      documentProblems({
        fileserver: { enabled: true, namespace: 'fs', volumeMounts: [mount('/x', 'data')] },
        fsadmin: { extraVolumes: [volume('home')], extraVolumeMounts: [mount('/x', 'more')] },
      }),
    ).toEqual([
      'fileserver.volumeMounts[0].volumeName: Unknown mounted volume data in file servers',
      'fsadmin.extraVolumes[0].name: "home" is the name of an earlier volume',
      'fsadmin.extraVolumeMounts[0].volumeName: Unknown mounted volume more in fsadmin',
    ]);
  });
});
