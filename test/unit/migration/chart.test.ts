import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020';
import { parse } from 'yaml';
import { isSection, ruleAround, ruleAt } from '../../../src/migration/chart/rules';
import { needsDecision } from '../../../src/migration/report';
import { decisions, reportOf, said, siteReport } from './sites';

const HELM = join(__dirname, '../../../helm');

const isValues = new Ajv2020({ strict: false, allErrors: true, validateFormats: false }).compile(
  JSON.parse(readFileSync(join(HELM, 'values.schema.json'), 'utf8')) as object,
);

/** What the chart's schema refuses in values. */
function refused(values: unknown): string[] {
  isValues(values);
  return (isValues.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

describe('a site of the original', () => {
  test.each(['observatory', 'plain'])('%s becomes values that our chart takes', (site) => {
    expect(refused(siteReport(site).result)).toEqual([]);
  });

  test('every key has a line, at its place in the file that it comes from', () => {
    const { lines } = siteReport('observatory');
    expect(said(lines, 'controller.nodeSelector')).toEqual([
      'sites/observatory.yaml:5:3 renamed nodeSelector',
    ]);
    expect(said(lines, 'controller.config.lab.sizes')).toEqual(['chart.yaml:53:7 kept config.lab.sizes']);
    expect(said(lines, 'controller.config.lab.env')).toEqual([
      'sites/observatory.yaml:18:7 kept config.lab.env',
    ]);
    expect(said(lines, 'controller.config.lab.tmpSource')).toEqual([
      'chart.yaml:63:7 renamed config.lab.emptyDirSource',
    ]);
    expect(said(lines, 'controller.config.metrics')).toEqual(['sites/observatory.yaml:32:5 ignored']);
    expect(said(lines, 'controller.config.metrics.enabled')).toEqual([]);
    expect(said(lines, 'controller.config.fileserver.image')).toEqual(['chart.yaml:24:7 ignored']);
    expect(said(lines, 'jupyterhub.hub.db')).toEqual(['sites/observatory.yaml:39:5 hub']);
    expect(said(lines, 'cronjob')).toEqual(['sites/observatory.yaml:49:1 decide']);
  });

  test('what a person has to decide on is listed, and nothing else', () => {
    expect(decisions(siteReport('observatory').lines)).toEqual([
      'jupyterhub.hub.image',
      'secrets',
      'controller.googleServiceAccount',
      'controller.config.lab.env.CATALOGUE_PASSWORD',
      'controller.config.lab.env.CATALOGUE_URL',
      'cloudsql',
      'purger.enabled',
      'cronjob',
    ]);
  });

  test('no secret is in the values, and no value of a variable in the report', () => {
    const report = siteReport('observatory');
    const text = JSON.stringify(report);
    expect(text).toContain('PGPASSFILE');
    expect(text).not.toContain('a-secret-of-the-site');
    expect(text).not.toContain('another-secret');
    expect(JSON.stringify(report.lines)).not.toContain('postgres-credentials.txt');
  });

  test('what follows from several values is put together', () => {
    expect(siteReport('observatory').result).toMatchObject({
      gafaelfawr: {
        enabled: true,
        serviceToken: { enabled: true, name: 'hub-gafaelfawr-token' },
        proxy: { minimumTokenLifetime: '10d', path: '/nb', subdomains: { enabled: true } },
      },
      hubConfig: { enabled: true, httpTimeout: 90, extra: 'c.Spawner.default_url = "/lab"' },
      slackWebhook: { existingSecret: 'nublado-secret' },
      purge: {
        enabled: true,
        command: 'report',
        volumes: [{ name: 'scratch', nfs: { server: 'nfs.example.org', path: '/scratch' } }],
        volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
      },
      config: { lab: { emptyDirSource: 'memory', sizes: [{ size: 'small' }, { size: 'large' }] } },
    });
  });

  test('the greatest age of labs is the least lifetime of tokens, unless that is given', () => {
    expect(siteReport('plain').result).toMatchObject({
      gafaelfawr: { proxy: { minimumTokenLifetime: 2160000 } },
    });
  });

  test('credentials for a Docker registry are mounted as before', () => {
    const { lines, result } = siteReport('plain');
    expect(result).toMatchObject({ registryCredentials: { existingSecret: 'pull-secret' } });
    expect(lines.find(({ to }) => to === 'registryCredentials.existingSecret')?.outcome).toBe('note');
  });

  test('keys in snake_case and empty ones are those of the configuration', () => {
    const { lines, result } = siteReport('plain');
    expect(said(lines, 'controller.config.images.prepull_timeout')).toEqual([
      'sites/plain.yaml:6:7 kept config.images.prepull_timeout',
    ]);
    expect(said(lines, 'controller.config.lab.initContainers')).toEqual([]);
    expect(result['config']).not.toHaveProperty('lab.initContainers');
    expect(said(lines, 'hub.landingPage')).toEqual([]);
  });

  test('mistakes and unknown keys are to be decided on, at their places', () => {
    const { lines, result } = siteReport('mistaken');
    for (const [path, at] of [
      ['controller.tolerations', '3:3'],
      ['controller.podAnnotations', '4:3'],
      ['controller.replicas', '5:3'],
      ['controller.config.images.source.repository', '8:7'],
      ['controller.config.lab.spawnTimeout', '10:7'],
      ['controller.config.lab.frobnicate', '14:7'],
      ['hub.landingPage', '16:3'],
      ['purger.volumeName', '19:3'],
      ['purger.affinity', '20:3'],
      ['extra', '21:1'],
    ] as const) {
      expect(said(lines, path).map((text) => text.split(' ')[0])).toContain(`sites/mistaken.yaml:${at}`);
      expect(decisions(lines)).toContain(path);
    }
    const { config: _config, ...others } = result;
    expect(refused(others)).toEqual([]);
    expect(JSON.stringify(others)).not.toContain('import os');
  });
});

test('a file of a site alone is told that it needs those of the chart', () => {
  const { lines } = reportOf('controller: { config: { logLevel: DEBUG } }');
  expect(lines.find(({ to }) => to === 'config.lab')?.advice).toContain("chart's own values.yaml");
});

test('a key with a dot in it is no path', () => {
  const { lines } = reportOf('controller.config: { lab: 1 }\ncontroller: { "image.tag": 1 }');
  expect(decisions(lines)).toEqual(expect.arrayContaining(['controller.config', 'controller.image.tag']));
});

test('findings are placed where they are, whatever the spelling of keys, and however many there are', () => {
  const keys = Array.from({ length: 20_000 }, (_, index) => `      unknown_${index}: 1`);
  const { lines } = reportOf(
    `controller:\n  config:\n    lab:\n      spawn_timeout: never\n${keys.join('\n')}`,
  );
  expect(said(lines, 'controller.config.lab.spawnTimeout')).toEqual(['1.yaml:4:7 decide']);
  expect(said(lines, 'controller.config.lab.unknown_19999')).toEqual(['1.yaml:20004:7 decide']);
  expect(decisions(lines).length).toBeGreaterThan(20_000);
});

test('where nothing is to be decided, nothing is', () => {
  const report = reportOf(`
controller:
  config:
    lab:
      namespacePrefix: nublado
      sizes: [{ size: small, resources: { limits: { cpu: 1, memory: 1Gi }, requests: { cpu: 1, memory: 1Gi } } }]
      volumes: [{ name: home, source: { type: hostPath, path: /home } }]
      volumeMounts: [{ containerPath: /home, volumeName: home }]
    images: { source: { type: docker, repository: a/b } }
proxy: { ingress: { annotations: { a: b } } }
global: { host: a.example, baseUrl: "https://a.example", repertoireUrl: "https://a.example/repertoire" }
`);
  expect(decisions(report.lines)).toEqual([]);
  expect(needsDecision(report)).toBe(false);
  expect(refused(report.result)).toEqual([]);
});

test('every value that our chart refuses with advice has a rule here', () => {
  const renamed = Object.keys(parse(readFileSync(join(HELM, 'files/renamed-values.yaml'), 'utf8')) as object);
  expect(renamed).toContain('controller.slackAlerts');
  for (const path of renamed.map((path) => path.split('.'))) {
    const isKnown =
      path.join('.') === 'controller.config' || isSection(path) || (ruleAt(path) ?? ruleAround(path));
    expect([path.join('.'), Boolean(isKnown)]).toEqual([path.join('.'), true]);
  }
});
