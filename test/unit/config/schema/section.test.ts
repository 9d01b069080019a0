import { aDocument, aLab, documentProblems, labProblems, parsed, parsedLab } from '../sample-documents';

const resources = { limits: { cpu: 1, memory: 2 }, requests: { cpu: 1, memory: 2 } };
const [hostPath] = [{ type: 'hostPath', path: '/x' }];

describe('spellings of keys', () => {
  test('every key may be written in snake_case', () => {
    const lab = {
      namespace_prefix: 'lab',
      lab_start_command: ['run'],
      spawn_timeout: '3m',
      sizes: [{ size: 'small', resources }],
      volumes: [{ name: 'home', source: { type: 'nfs', server: 's', server_path: '/x', read_only: true } }],
      volume_mounts: [{ container_path: '/home', volume_name: 'home', sub_path: 'a' }],
      nss: { base_passwd: 'x' },
    };
    const { config } = parsed(aDocument({ lab, log_level: 'ERROR' }));
    expect(config.logLevel).toBe('ERROR');
    expect(config.lab).toMatchObject({
      labStartCommand: ['run'],
      spawnTimeoutMs: 180_000,
      nss: { basePasswd: 'x' },
      volumes: [{ name: 'home', source: { type: 'nfs', server: 's', serverPath: '/x', readOnly: true } }],
      volumeMounts: [{ containerPath: '/home', volumeName: 'home', subPath: 'a', readOnly: false }],
    });
  });

  test('both spellings at once are refused, in strict and in lenient sections', () => {
    expect(
      documentProblems({
        lab: aLab({ spawnTimeout: '3m', spawn_timeout: '3m' }),
        fsadmin: { podName: 'a', pod_name: 'b', image: 'ignored' },
      }),
    ).toEqual([
      'lab.spawn_timeout: is given as spawnTimeout too; use one spelling',
      'fsadmin.pod_name: is given as podName too; use one spelling',
    ]);
  });
});

describe('unknown keys', () => {
  test.each([
    ['colour', { colour: 'red' }],
    ['lab.colour', { lab: aLab({ colour: 'red' }) }],
    ['lab.nss.colour', { lab: aLab({ nss: { colour: 'red' } }) }],
    [
      'lab.volumes[0].colour',
      { lab: aLab({ volumes: [{ name: 'home', source: hostPath, colour: 'red' }] }) },
    ],
    [
      'lab.volumes[0].source.server',
      { lab: aLab({ volumes: [{ name: 'home', source: { ...hostPath, server: 's' } }] }) },
    ],
    [
      'lab.volumeMounts[0].colour',
      { lab: aLab({ volumeMounts: [{ containerPath: '/x', volumeName: 'home', colour: 1 }] }) },
    ],
    ['lab.tolerations[0].colour', { lab: aLab({ tolerations: [{ operator: 'Exists', colour: 'red' }] }) }],
    ['lab.affinity.colour', { lab: aLab({ affinity: { colour: 'red' } }) }],
    ['images.colour', { images: { source: { type: 'docker', repository: 'r' }, colour: 'red' } }],
    ['images.source.colour', { images: { source: { type: 'docker', repository: 'r', colour: 'red' } } }],
    ['dropdownMenu.alias', { dropdownMenu: { alias: {} } }],
    ['dropdownMenu.daily.colour', { dropdownMenu: { daily: { colour: 'red' } } }],
    ['fileserver.colour', { fileserver: { enabled: true, namespace: 'fs', colour: 'red' } }],
    ['timeouts.colour', { timeouts: { colour: 1 } }],
    ['auth.colour', { auth: { colour: 1 } }],
    ['baseUrl', { baseUrl: 'https://example.org' }],
    ['slackWebhook', { slackWebhook: 'https://example.org' }],
  ])('%s is refused', (path, document) => {
    expect(documentProblems(document)).toEqual([`${path}: is not a known key`]);
  });

  test('the environment settings that files may hold are taken from there first', () => {
    const { config } = parsed(
      aDocument({ base_url: 'https://a.example', slack_webhook: 'https://b.example/x' }),
      {
        REPERTOIRE_BASE_URL: 'https://r.example',
        EXTERNAL_INSTANCE_URL: 'https://c.example',
      },
    );
    expect(config.baseUrl).toBe('https://a.example');
    expect(config.slackWebhook?.reveal()).toBe('https://b.example/x');
  });
});

describe('sections with several shapes', () => {
  test('sections with several shapes only the shape that the type selects is checked', () => {
    const volumes = [{ name: 'home', source: { type: 'nfs', server: 's', serverPath: 'x' } }];
    expect(labProblems({ volumes })).toEqual([
      'lab.volumes[0].source.serverPath: "x" is not an absolute path (starting with /)',
    ]);
  });

  test('an unknown type names the ones there are', () => {
    expect(documentProblems({ images: { source: { type: 'quay' } } })).toEqual([
      'images.source.type: "quay" is not one of docker, google, static',
    ]);
    expect(documentProblems({ images: { source: {} } })).toEqual(['images.source.type: is required']);
  });

  test('volumes of every type are read', () => {
    const volumes = [
      { name: 'home', source: hostPath },
      {
        name: 'claim',
        source: {
          type: 'persistentVolumeClaim',
          accessModes: ['ReadWriteMany'],
          storageClassName: 'fast',
          resources: { requests: { storage: '1Gi' } },
        },
      },
      { name: 'scratch', source: { type: 'emptyDir', size: '1Gi', medium: '' } },
    ];
    expect(parsedLab({ volumes }).volumes.map(({ source }) => source)).toMatchObject([
      { path: '/x' },
      { accessModes: ['ReadWriteMany'], readOnly: false },
      { size: 2 ** 30, medium: 'memory' },
    ]);
  });

  test('static images need unique names, full references and a recommended one among them', () => {
    const images = [
      { name: 'A', reference: 'quay.io/x/y:1' },
      { name: 'A', reference: 'quay.io/x/y:2' },
    ];
    const source = (keys: object) =>
      documentProblems({ images: { source: { type: 'static', images, ...keys } } });
    expect(source({ recommended: 'B' })).toEqual([
      'images.source.images[1].name: "A" is the name of an earlier image',
      'images.source.recommended: "B" is not the name of one of images',
    ]);
    expect(source({ images: [] })[0]).toMatch('images.source.images: an empty list');
    const reference = (text: string) => source({ images: [{ name: 'A', reference: text }] });
    expect(reference(`localhost:5000/a/b:t@sha256:${'0'.repeat(64)}`)).toEqual([]);
    for (const text of ['quay.io/x/y', 'x/y:1', 'y:1', ':::', 'quay.io/x/y:1@sha256:12']) {
      expect(reference(text)).toEqual([
        `images.source.images[0].reference: "${text}" is not an image reference registry/repository:tag[@sha256:…]`,
      ]);
    }
  });
});

describe('placement', () => {
  test('affinity takes aliases and becomes a Kubernetes object without empty parts', () => {
    const term = { matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] };
    const affinity = {
      nodeAffinity: {
        required: { nodeSelectorTerms: [term] },
        preferred: [{ weight: 5, preference: { match_fields: term.matchExpressions } }],
      },
      podAffinity: { preferred: [] },
    };
    expect(parsedLab({ affinity }).affinity).toEqual({
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] },
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 5, preference: { matchFields: term.matchExpressions } },
        ],
      },
    });
    expect(parsedLab({ affinity: {} }).affinity).toBeNull();
  });

  test.each([
    [{ key: 'a', operator: 'In' }, '[] does not fit In, which needs at least one value'],
    [{ key: 'a', operator: 'Gt', values: ['x'] }, '[x] does not fit Gt, which needs exactly one integer'],
    [{ key: 'a', operator: 'Exists', values: ['x'] }, '[x] does not fit Exists, which takes no values'],
  ])('a node requirement %j is refused', (expression, message) => {
    const required = { nodeSelectorTerms: [{ matchExpressions: [expression] }] };
    const key = 'requiredDuringSchedulingIgnoredDuringExecution';
    expect(labProblems({ affinity: { nodeAffinity: { required } } })).toEqual([
      `lab.affinity.nodeAffinity.${key}.nodeSelectorTerms[0].matchExpressions[0].values: ${message}`,
    ]);
  });

  test.each([
    [{ operator: 'Exists', value: 'x' }, 'value: "x" is not allowed with Exists'],
    [{ value: 'x' }, 'key: a key is required with Equal'],
    [{ key: 'x', value: '' }, 'value: a value is required with Equal'],
  ])('a toleration %j is refused', (toleration, message) => {
    expect(labProblems({ tolerations: [toleration] })).toEqual([`lab.tolerations[0].${message}`]);
  });

  test('a toleration with Exists keeps an empty key', () => {
    expect(parsedLab({ tolerations: [{ operator: 'Exists', key: '' }] }).tolerations[0]?.key).toBe('');
  });
});
