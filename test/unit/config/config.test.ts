import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { parseConfig, readConfigText } from '../../../src/config/config';
import { configPath, readMetadata } from '../../../src/config/environment';
import { aDocument, aLab, documentProblems, ENVIRONMENT, parsed, problemsIn } from './sample-documents';

const parseFaulty = () =>
  parseConfig(JSON.stringify({ logLevel: 'loud', lab: aLab({ homedirSchema: 'x', defaultSize: 3 }) }), {});

describe('a configuration file', () => {
  test('the example loads without a warning', () => {
    const path = join(__dirname, '../../../config/example.yaml');
    expect(parseConfig(readConfigText(path), ENVIRONMENT).config.lab.sizes.map(({ size }) => size)).toEqual([
      'tiny',
      'small',
      'medium',
      'large',
    ]);
  });

  test('the least file gets the documented defaults', () => {
    expect(parsed(aDocument()).config).toMatchObject({
      logLevel: 'INFO',
      pathPrefix: '/nublado',
      metadataPath: '/etc/podinfo',
      watchReconnectTimeoutMs: 180_000,
      baseUrl: 'http://127.0.0.1:8080',
      slackWebhook: null,
      sealingKeysPath: '/etc/nublado/sealing-keys',
      supportImage: { repository: 'ghcr.io/lsst-sqre/nublado', tag: '15.1.0', pullPolicy: 'IfNotPresent' },
      fileserver: { enabled: false, pathPrefix: '/files' },
      fsadmin: { podName: 'fsadmin', timeoutMs: 120_000 },
      auth: { type: 'gafaelfawr', userInfoCacheMs: 300_000, userInfoCacheSize: 1000 },
      lab: {
        spawnTimeoutMs: 600_000,
        deleteTimeoutMs: 60_000,
        activityIntervalMs: 3_600_000,
        labStartCommand: ['/opt/lsst/software/jupyterlab/runlab.sh'],
        nss: { baseGroup: 'root:x:0\n' },
        mountPaths: { secrets: '/etc/nublado/secrets', discovery: '/etc/nublado/discovery/v1.json' },
        hubSecretEnv: ['JUPYTERHUB_API_TOKEN', 'JPY_API_TOKEN'],
        tmpSizeRatio: 4,
      },
      images: { refreshIntervalMs: 300_000, numDailies: 3, source: { registry: 'docker.io' } },
      timeouts: { kubernetesRetryMs: 15_000, ssePingMs: 15_000, garRetries: 3, eventRetentionMs: 86_400_000 },
    });
  });

  test('every problem of a configuration file is listed with path, value and rule', () => {
    expect(problemsIn(parseFaulty)).toEqual([
      'REPERTOIRE_BASE_URL: is required with auth.type gafaelfawr',
      'logLevel: "loud" is not one of DEBUG, INFO, WARNING, ERROR, CRITICAL',
      expect.stringMatching(/^lab\.defaultSize: 3 is not one of fine, diminutive, /),
      'lab.homedirSchema: "x" is not one of username, initialThenUsername',
      'images: is required',
    ]);
    expect(parseFaulty).toThrow(
      'REPERTOIRE_BASE_URL: is required with auth.type gafaelfawr\nlogLevel: "loud" is not',
    );
  });

  test('sections of the wrong kind are named by kind', () => {
    expect(documentProblems({ lab: [], images: 'x' })).toEqual([
      'lab: a list is not a mapping',
      'images: a string is not a mapping',
    ]);
    expect(problemsIn(() => parseConfig('', ENVIRONMENT))).toEqual([
      expect.stringMatching(/^\(file\): null/),
    ]);
  });

  test('a configuration file is frozen to the bottom once loaded', () => {
    const { config } = parsed(aDocument());
    expect(Object.isFrozen(config.lab.volumeMounts[0])).toBe(true);
    expect(Object.isFrozen(config.lab.sizes[0]?.resources.limits)).toBe(true);
  });

  test('a missing file is a problem of its path', () => {
    expect(problemsIn(() => readConfigText('/nowhere/config.yaml'))).toEqual([
      '/nowhere/config.yaml: cannot be read (ENOENT)',
    ]);
  });
});

/** The least file with one more line in YAML. */
const yaml = (line: string) => `${JSON.stringify(aDocument()).slice(0, -1)}, ${line}}`;

describe('YAML', () => {
  test('YAML is read as version 1.1', () => {
    const { config } = parseConfig(yaml('fsadmin: {extraAnnotations: {a: y, b: "no"}}'), ENVIRONMENT);
    expect(config.fsadmin.extraAnnotations).toEqual({ a: 'y', b: 'no' });
    expect(problemsIn(() => parseConfig(yaml('fsadmin: {extraAnnotations: {a: no}}'), ENVIRONMENT))).toEqual([
      'fsadmin.extraAnnotations.a: false is not a string',
    ]);
    const menu = parseConfig(yaml('dropdownMenu: {daily: {cutoffDate: 2026-01-31}}'), ENVIRONMENT).config;
    expect(menu.dropdownMenu.daily.cutoffDate).toBe('2026-01-31T00:00:00.000Z');
  });

  test('YAML that is broken is located without quoting it', () => {
    const problems = problemsIn(() => parseConfig('slack_webhook: hunter2\nname: [hunter2\n', ENVIRONMENT));
    expect(problems[0]).toMatch(/^line \d+, column \d+: not valid YAML: /);
    expect(problems.join()).not.toContain('hunter2');
  });
});

describe('the environment', () => {
  test('the environment gives what the file does not', () => {
    const { config } = parsed(aDocument(), {
      EXTERNAL_INSTANCE_URL: 'https://data.example',
      REPERTOIRE_BASE_URL: 'https://data.example/repertoire',
      NUBLADO_SLACK_WEBHOOK: 'https://hooks.example/x',
      NUBLADO_CONTROLLER_REPOSITORY: 'example/support',
      NUBLADO_CONTROLLER_TAG: '1.2',
      NUBLADO_CONTROLLER_PULL_POLICY: 'ALWAYS',
      NUBLADO_SEALING_KEYS: '/keys',
    });
    expect(config).toMatchObject({
      baseUrl: 'https://data.example',
      repertoireBaseUrl: 'https://data.example/repertoire',
      supportImage: { repository: 'example/support', tag: '1.2', pullPolicy: 'Always' },
      sealingKeysPath: '/keys',
    });
  });

  test("the environment leaves the support image to the controller's own, of its own version", () => {
    const { version } = JSON.parse(readConfigText(join(__dirname, '../../../package.json')));
    const environment = { REPERTOIRE_BASE_URL: 'https://r.example' };
    expect(parsed(aDocument(), environment).config.supportImage).toEqual({
      repository: 'nublado-temporal',
      tag: version,
      pullPolicy: 'IfNotPresent',
    });
  });

  test('the environment yields to supportImage in the file, and an unknown pull policy to the default', () => {
    const environment = { ...ENVIRONMENT, NUBLADO_CONTROLLER_PULL_POLICY: 'sometimes' };
    expect(parsed(aDocument(), environment).config.supportImage.pullPolicy).toBe('IfNotPresent');
    const supportImage = { repository: 'r', tag: 't', pullPolicy: 'Never' };
    expect(parsed(aDocument({ supportImage }), environment).config.supportImage).toEqual(supportImage);
  });

  test('URLs in the environment must be web URLs', () => {
    const environment = { REPERTOIRE_BASE_URL: '/repertoire', EXTERNAL_INSTANCE_URL: 'ftp://x' };
    expect(documentProblems({}, environment)).toEqual([
      'EXTERNAL_INSTANCE_URL: "ftp://x" is not an http or https URL',
      'REPERTOIRE_BASE_URL: "/repertoire" is not an http or https URL',
    ]);
  });

  test('the environment has the path of the file', () => {
    expect(configPath({})).toBe('/etc/nublado/config.yaml');
    expect(configPath({ NUBLADO_CONFIG_PATH: '/x.yaml' })).toBe('/x.yaml');
  });
});

describe('secret values', () => {
  test('secret values never show when a configuration is printed', () => {
    const { config } = parsed(aDocument({ slack_webhook: 'https://hooks.example/hunter2' }));
    expect(config.slackWebhook?.reveal()).toContain('hunter2');
    expect(
      JSON.stringify(config) + inspect(config, { depth: 9 }) + String(config.slackWebhook),
    ).not.toContain('hunter2');
  });

  test('secret values never show in problems', () => {
    const problems = documentProblems({
      slack_webhook: 'hunter2',
      lab: aLab({ env: { PASSWORD: 123_456 }, files: { '/x': 123_456 } }),
    });
    expect(problems).toEqual([
      'slack_webhook: the value is not an http or https URL',
      'lab.env.PASSWORD: a number is not a string',
      'lab.files./x: a number is not a string',
    ]);
  });
});

describe('pod metadata', () => {
  test('pod metadata is read without the white space around it', () => {
    const directory = mkdtempSync(join(tmpdir(), 'podinfo-'));
    try {
      writeFileSync(join(directory, 'name'), 'controller-0\n');
      writeFileSync(join(directory, 'namespace'), ' hub \n');
      writeFileSync(join(directory, 'uid'), 'abc');
      expect(readMetadata(directory)).toEqual({ name: 'controller-0', namespace: 'hub', uid: 'abc' });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('pod metadata has defaults outside a pod', () => {
    expect(readMetadata('/nowhere')).toEqual({ name: null, namespace: 'nublado', uid: null });
  });
});
