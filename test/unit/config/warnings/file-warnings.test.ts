import { aLab, warningsIn } from '../sample-documents';

const volume = (name: string) => ({ name, source: { type: 'hostPath', path: '/x' } });
const mount = (containerPath: string, volumeName = 'home') => ({ containerPath, volumeName });

describe('warnings', () => {
  test('a plain file has none', () => {
    expect(warningsIn({})).toEqual([]);
  });

  test('ignored keys are named where deployed files carry them', () => {
    const odd = { limits: { cpu: 1, memory: 2, gpu: 3 }, requests: { cpu: 1, memory: 2 }, claims: [] };
    expect(
      warningsIn({
        lab: aLab({ sizes: [{ size: 'small', resources: odd }] }),
        fsadmin: { image: {}, command: ['x'], pod_name: 'p' },
        fileserver: { enabled: false, namespace: 'fs', pathPrefix: '/f' },
      }),
    ).toEqual([
      'lab.sizes[0].resources.limits.gpu: is ignored',
      'lab.sizes[0].resources.claims: is ignored',
      'fsadmin.image: is ignored',
      'fsadmin.command: is ignored',
      'fileserver.namespace: is ignored',
    ]);
    expect(warningsIn({ fileserver: { enabled: true, namespace: 'fs', image: 'x' } })).toEqual([
      'fileserver.image: is ignored; the support image is used',
    ]);
  });

  test.each<[Record<string, unknown>, string]>([
    [
      { env: { NUBLADO_TOKEN: 'x' } },
      'lab.env.NUBLADO_TOKEN: "NUBLADO_TOKEN" has no effect where the controller sets it for the container',
    ],
    [
      { volumeMounts: [mount('/etc/nublado'), mount('/home')] },
      'lab.volumeMounts[0].containerPath: "/etc/nublado" is nested with the automatic secrets mount at /etc/nublado/secrets',
    ],
    [{ volumes: [volume('home'), volume('spare')] }, 'lab.volumes[1].name: "spare" is mounted nowhere'],
    [{ homedirPrefix: '/u' }, 'lab.homedirPrefix: "/u" is not inside any mounted volume'],
    [
      { tolerations: [{ operator: 'Exists', tolerationSeconds: 5 }] },
      'lab.tolerations[0].tolerationSeconds: 5 is left out; it needs the effect NoExecute',
    ],
    [
      { nss: { extraUsers: [{ name: 'root', uid: 5, gid: 5 }] } },
      'lab.nss.extraUsers: "root" has a name or id that the base text or an earlier entry has too',
    ],
    [
      {
        sizes: [
          {
            size: 'small',
            resources: { limits: { cpu: 1, memory: '500m' }, requests: { cpu: 1, memory: 1 } },
          },
        ],
      },
      'lab.sizes[0].resources.limits.memory: "500m" is read as megabytes; write M or Mi',
    ],
    [
      { mountPaths: { startup: '/startup' } },
      'lab.mountPaths.startup: "/startup" is not where current lab images look',
    ],
  ])('lab keys %j', (keys, warning) => {
    expect(warningsIn({ lab: aLab(keys) })).toEqual([warning]);
  });

  test('a menu number of zero and a support image without a registry are pointed out', () => {
    const environment = { REPERTOIRE_BASE_URL: 'https://r.example' };
    expect(warningsIn({ dropdownMenu: { daily: { number: 0 } } }, environment)).toEqual([
      'dropdownMenu.daily.number: 0 means no limit, not none',
      'NUBLADO_CONTROLLER_REPOSITORY: is not set; the support image is nublado-temporal, which nodes can pull from no registry',
    ]);
  });
});
