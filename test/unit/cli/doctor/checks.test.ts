import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { parse } from 'yaml';
import type { Finding } from '../../../../src/cli/doctor/check';
import { CHECKS } from '../../../../src/cli/doctor/checks';
import { judgeReadiness } from '../../../../src/cli/doctor/checks/api';
import { judgeStatus, judgeToken } from '../../../../src/cli/doctor/checks/hub';
import { optionalKind } from '../../../../src/cli/doctor/checks/kinds';
import { judgeVersion, OLDEST_MINOR, unusable } from '../../../../src/cli/doctor/checks/kubernetes';
import { judgeSecrets } from '../../../../src/cli/doctor/checks/lab-secrets';
import { judgePermissions } from '../../../../src/cli/doctor/checks/permissions';
import { judgeSearchAttributes } from '../../../../src/cli/doctor/checks/search-attributes';
import { judgeQueues, requiredQueues } from '../../../../src/cli/doctor/checks/task-queues';
import { unreachable } from '../../../../src/cli/doctor/checks/temporal';
import { INDEXED_VALUE_TYPES, SEARCH_ATTRIBUTES } from '../../../../src/workflow-clients/names';
import { aConfig, fileServersBy } from './config';

const ROOT = join(__dirname, '../../../..');

const brief = ({ status: outcome, message, remedy }: Finding) => [
  outcome,
  message,
  remedy?.split(/[:,;]/, 1)[0],
];

test('each check has a name of its own, and comes after the one that it needs', () => {
  const names = CHECKS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const late = CHECKS.filter(
    ({ needs }, index) => needs !== undefined && !names.slice(0, index).includes(needs),
  );
  expect(late).toEqual([]);
});

describe('Temporal', () => {
  test.each([
    [
      status.UNAUTHENTICATED,
      'Request unauthorized.',
      /^Temporal refuses the credentials: .*TEMPORAL_API_KEY/,
    ],
    [status.PERMISSION_DENIED, 'denied', /`temporal\.tls`/],
    [status.UNAVAILABLE, 'Last error: self-signed certificate', /TEMPORAL_TLS_SERVER_CA_CERT_PATH/],
    [status.UNAVAILABLE, "Hostname/IP does not match certificate's altnames", /TEMPORAL_TLS_SERVER_NAME/],
    [status.UNAVAILABLE, 'SSL routines:ssl3_get_record:wrong version number', /^Both ends must agree on TLS/],
    [status.UNAVAILABLE, 'read ECONNRESET', /^Both ends must agree on TLS/],
    [status.UNAVAILABLE, 'connect ECONNREFUSED 127.0.0.1:9', /^Start Temporal, or correct TEMPORAL_ADDRESS/],
    [status.DEADLINE_EXCEEDED, 'Deadline exceeded', /network policies/],
    [null, 'odd', /^Start Temporal/],
  ])('that does not answer: status %s, %s', (code, reason, remedy) => {
    const finding = unreachable('temporal:7233', code, reason);
    expect(finding).toMatchObject({ status: 'error', message: `temporal:7233: ${reason}` });
    expect(finding.remedy).toMatch(remedy);
  });

  const ALL = Object.fromEntries(
    SEARCH_ATTRIBUTES.map(({ name, type }) => [name, INDEXED_VALUE_TYPES[type]]),
  );

  test('has search attributes, none, or with other types', () => {
    expect(judgeSearchAttributes({ ...ALL, Other: 1 }).status).toBe('ok');
    const { LabSince: _, ...some } = ALL;
    expect(judgeSearchAttributes(some)).toMatchObject({
      status: 'error',
      message: 'missing, without which no lab can be spawned: LabSince (DATETIME)',
      remedy: expect.stringMatching(/^Run `nublado register-search-attributes`/),
    });
    expect(judgeSearchAttributes({ ...ALL, LabUser: 1 })).toMatchObject({
      status: 'error',
      message: 'LabUser is no KEYWORD',
      remedy: expect.stringContaining('temporal operator search-attribute remove'),
    });
  });

  test('has task queues that are polled, that were, and that never were', () => {
    const now = 1_000_000;
    const polledAt = (at: number) => requiredQueues(true).map((queue) => ({ ...queue, polledAtMs: [at] }));
    expect(judgeQueues(polledAt(now - 60_000), now)).toMatchObject({
      status: 'ok',
      message: 'controller, images, controller-hub, watch',
    });
    expect(judgeQueues(polledAt(now - 200_000), now).remedy).toMatch(
      /^Start `nublado worker` and `nublado watcher`,/,
    );
    const silent = requiredQueues(false).map((queue) => ({
      ...queue,
      polledAtMs: queue.name === 'watch' ? [] : [now],
    }));
    expect(judgeQueues(silent, now)).toMatchObject({
      status: 'error',
      message: 'without a poller: watch (activity)',
      remedy: expect.stringMatching(/^Start `nublado watcher`,/),
    });
  });
});

describe('Kubernetes', () => {
  test('is new enough from the version on that the chart asks for', () => {
    const { kubeVersion } = parse(readFileSync(join(ROOT, 'helm/Chart.yaml'), 'utf8')) as {
      kubeVersion: string;
    };
    expect(kubeVersion).toBe(`>=1.${OLDEST_MINOR}.0-0`);
    const judged = (major: number, minor: number) =>
      judgeVersion({ major, minor, text: `v${major}.${minor}.0` }, 'https://k').status;
    expect([judged(1, 29), judged(1, 30), judged(1, 36), judged(2, 0)]).toEqual(['error', 'ok', 'ok', 'ok']);
    expect(judgeVersion({ major: 1, minor: 29, text: 'v1.29.4-gke' }, 'https://k')).toMatchObject({
      message: 'https://k has version v1.29.4-gke',
      remedy: expect.stringMatching(/^Upgrade the cluster to Kubernetes 1\.30 or later/),
    });
  });

  test('refuses the credentials, or does not answer', () => {
    expect(unusable(401)).toMatch(/^The credentials are not valid there/);
    expect(unusable(null)).toMatch(/^Check the address/);
  });

  test('lacks permissions, which are named by kind and place', () => {
    const access = { group: '', namespace: null, name: null };
    const missing = [
      { ...access, verb: 'create', resource: 'pods' },
      { ...access, verb: 'delete', resource: 'pods' },
      {
        ...access,
        verb: 'list',
        group: 'batch',
        resource: 'jobs',
        namespace: 'files',
      },
      { ...access, verb: 'get', resource: 'secrets', namespace: 'nublado', name: 'pull' },
    ];
    expect(judgePermissions(missing, 40, 'system:serviceaccount:a:b')).toMatchObject({
      status: 'error',
      message:
        'system:serviceaccount:a:b may not create, delete pods; list jobs.batch in files; get secrets pull in nublado',
      remedy: expect.stringMatching(/^Bind the roles of the chart/),
    });
    expect(judgePermissions([], 40, null)).toMatchObject({ status: 'ok', message: 'the account has all 40' });
  });

  test('has to have the kind that makes file servers reachable', () => {
    const kindFor = (type: string) => optionalKind(aConfig(fileServersBy(type)))?.kind;
    expect(kindFor('{ type: gafaelfawr }')).toBe('GafaelfawrIngress');
    expect(kindFor('{ type: httpRoute, parentRefs: [{ name: public }] }')).toBe('HTTPRoute');
    expect(kindFor('{ type: ingress }')).toBeUndefined();
    expect(optionalKind(aConfig(''))).toBeNull();
  });

  test('has the Secrets of labs, with their keys', () => {
    const config = aConfig('', '  pullSecret: pull\n  secrets: [{ secretName: lab, secretKey: aws }]\n');
    const judged = (found: Record<string, string[]>) =>
      judgeSecrets(
        config,
        new Map(Object.entries(found).map(([name, keys]) => [name, new Set(keys)])),
        'nublado',
      );
    expect(judged({ lab: ['aws'], pull: [] })).toMatchObject({ status: 'ok', message: 'lab, pull' });
    expect(brief(judged({ lab: ['gcp'] }))).toEqual([
      'error',
      'there is no Secret pull; lab has no key aws; no lab can be made without',
      'Create them in namespace nublado',
    ]);
  });
});

describe('the hub', () => {
  const settings = aConfig('hub: { apiUrl: "http://hub:8081/hub/api" }\n').hub;
  if (settings === null) throw new Error('no hub');

  test('gives the token its scopes, or too few', () => {
    const token = { kind: 'service', name: 'nublado' };
    expect(judgeToken({ ...token, scopes: ['delete:servers', 'read:servers', 'a'] }, settings)).toMatchObject(
      {
        status: 'ok',
        message: 'service nublado at http://hub:8081/hub/api',
      },
    );
    const both = { ...settings, aggregateActivity: true };
    expect(brief(judgeToken({ ...token, scopes: ['delete:servers'] }, both))).toEqual([
      'warning',
      'the token of service nublado lacks the scopes read:servers, users:activity',
      'Give a role with these scopes to the service in c.JupyterHub.load_roles',
    ]);
  });

  test.each([
    [401, /^The hub does not know the token/],
    [403, /`hubToken\.existingSecret`/],
    [404, /^Set hub\.apiUrl to the URL of the REST API/],
    [500, /read the hub’s log/],
  ])('answers with status %d', (code, remedy) => {
    const finding = judgeStatus(code, 'http://ada:secret@hub/api');
    expect(finding).toMatchObject({
      status: 'error',
      message: `http://[redacted]@hub/api answers with status ${code}`,
    });
    expect(finding.remedy).toMatch(remedy);
  });
});

test('the API is ready, is not, or is something else', () => {
  const where = 'http://nublado-controller';
  expect(judgeReadiness(200, { status: 'ok', checks: { temporal: 'ok' } }, where).status).toBe('ok');
  expect(judgeReadiness(503, { checks: { temporal: 'ok', labs: 'failed' } }, where).message).toBe(
    'http://nublado-controller is not ready: labs',
  );
  expect(judgeReadiness(200, null, where)).toMatchObject({ status: 'error' });
  expect(judgeReadiness(404, null, where).message).toContain('answers with status 404');
});
