import { parseConfig } from '../../../src/config/config';
import { prepullSettings } from '../../../src/workflow-clients/prepull';

const CONFIG = `
lab:
  namespacePrefix: lab
  labStartCommand: [run]
  pullSecret: registry
  tolerations: [{ key: dedicated, operator: Exists }]
  volumes: [{ name: home, source: { type: hostPath, path: /tmp/homes } }]
  volumeMounts: [{ containerPath: /home, volumeName: home }]
  sizes:
    - size: small
      resources: { requests: { cpu: 1, memory: 1Gi }, limits: { cpu: 1, memory: 1Gi } }
images:
  prepullTimeout: 20m
  prepullConcurrency: 3
  source: { type: docker, repository: lab }
`;

test('images are pulled as configured, in the controller’s namespace', () => {
  const { config } = parseConfig(CONFIG, { REPERTOIRE_BASE_URL: 'http://repertoire.test' });

  expect(prepullSettings(config, 'nublado')).toEqual({
    bound: 3,
    timeoutMs: 1_200_000,
    retryMs: 60_000,
    maxRetryMs: 3_600_000,
    tolerations: [
      { key: 'dedicated', operator: 'Exists', value: null, effect: null, tolerationSeconds: null },
    ],
    pullSecret: 'registry',
    namespace: 'nublado',
    imagePullPatienceMs: 30_000,
    checkMs: 30_000,
    kubernetesRequestMs: 30_000,
  });
});
