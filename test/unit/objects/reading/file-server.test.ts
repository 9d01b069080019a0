import type { KubernetesObject, V1Job, V1Pod } from '@kubernetes/client-node';
import { isServing } from '../../../../src/domain/file-server';
import { fileServerObjects } from '../../../../src/objects/file-server/objects';
import {
  observeFileServer,
  observeIngress,
  observeJob,
  podOfJob,
} from '../../../../src/objects/reading/file-server';
import { fileServerUsername, podUsername } from '../../../../src/objects/reading/labels';
import { fileServerInput } from '../../../objects/file-server-cases';

const AT = new Date('2077-10-23T09:47:00Z');
const LATER = new Date('2077-10-23T09:48:00Z');

const built = fileServerObjects(fileServerInput('minimal'));

/** The job of the case `minimal`, as a server has it. */
function aJob(changes: { conditions?: readonly string[]; deleted?: boolean } = {}): V1Job {
  const { conditions = [], deleted = false } = changes;
  return {
    ...built.job,
    metadata: { ...built.job.metadata, uid: 'job', ...(deleted ? { deletionTimestamp: AT } : {}) },
    status: { conditions: conditions.map((type) => ({ type, status: 'True' })) },
  };
}

interface PodChanges {
  readonly owner?: string;
  readonly phase?: string;
  readonly created?: Date;
  readonly deleted?: boolean;
}

function aPod(
  uid: string,
  { owner = 'job', phase = 'Running', created = AT, deleted }: PodChanges = {},
): V1Pod {
  const { labels = {} } = built.job.spec?.template.metadata ?? {};
  const ownerReferences = [{ apiVersion: 'batch/v1', kind: 'Job', name: 'rachel-fs', uid: owner }];
  const deletion = deleted ? { deletionTimestamp: AT } : {};
  return {
    metadata: { uid, labels, ownerReferences, creationTimestamp: created, ...deletion },
    status: { phase, podIP: '10.0.0.1' },
  };
}

const anIngress = (status: unknown, metadata = {}): KubernetesObject =>
  ({ metadata: { uid: 'ingress', ...metadata }, status }) as KubernetesObject;

const BALANCED = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } };

test.each([
  ['an address', BALANCED, { address: '192.0.2.1', isServed: true }],
  [
    'a host',
    { loadBalancer: { ingress: [{ hostname: 'lb.example' }] } },
    { address: 'lb.example', isServed: true },
  ],
  ['neither', { loadBalancer: { ingress: [{ ip: '', hostname: '' }] } }, { address: null, isServed: false }],
  ['no load balancer', { loadBalancer: {} }, { address: null, isServed: false }],
  ['no status', undefined, { address: null, isServed: false }],
])('an Ingress with %s', (_what, status, expected) => {
  expect(observeIngress(anIngress(status))).toMatchObject(expected);
});

test.each([
  ['accepts it', 'Accepted', 'True', true],
  ['refuses it', 'Accepted', 'False', false],
  ['says something else of it', 'Programmed', 'True', false],
])('a route is served when a Gateway %s: %s %s', (_what, type, status, isServed) => {
  const parents = [{ conditions: [] }, { conditions: [{ type, status }] }];
  expect(observeIngress(anIngress({ parents }))).toMatchObject({ address: null, isServed });
});

test.each([
  [[], null],
  [['Suspended'], null],
  [['FailureTarget'], 'failed'],
  [['FailureTarget', 'Failed'], 'failed'],
  [['SuccessCriteriaMet', 'Complete'], 'succeeded'],
])('a job with the conditions %j has ended: %s', (conditions, end) => {
  const observed = { uid: 'job', spawnId: 'op-1', isDeleting: false, end };
  expect(observeJob(aJob({ conditions }))).toEqual(observed);
});

test('the pod of a job is the newest of its own, before those that are being deleted', () => {
  const pods = [
    aPod('foreign', { owner: 'an earlier job', created: LATER }),
    aPod('deleted', { created: LATER, deleted: true }),
    aPod('old'),
    aPod('new', { created: LATER }),
  ];
  const chosen = (some: readonly V1Pod[]) => podOfJob(aJob(), some)?.metadata?.uid;
  expect([
    chosen(pods),
    chosen(pods.slice(0, 3)),
    chosen(pods.slice(0, 2)),
    chosen(pods.slice(0, 1)),
  ]).toEqual(['new', 'old', 'deleted', undefined]);
});

test.each([
  ['with a running pod and an address', {}, true],
  ['without a job', { job: null }, false],
  ['with a job that has failed', { job: aJob({ conditions: ['Failed'] }) }, false],
  ['with a job that is being deleted', { job: aJob({ deleted: true }) }, false],
  ['without a pod', { pods: [] }, false],
  ['with a pod that waits', { pods: [aPod('p', { phase: 'Pending' })] }, false],
  ['with a pod that is being deleted', { pods: [aPod('p', { deleted: true })] }, false],
  ['without an Ingress', { ingress: null }, false],
  ['with an Ingress without an address', { ingress: anIngress({}) }, false],
  [
    'with an Ingress that is being deleted',
    { ingress: anIngress(BALANCED, { deletionTimestamp: AT }) },
    false,
  ],
])('a file server %s serves: %s %s', (_what, changes, expected) => {
  const whole = { job: aJob(), pods: [aPod('p')], ingress: anIngress(BALANCED) };
  expect(isServing(observeFileServer({ ...whole, ...changes }))).toBe(expected);
});

test('a file server of the reference controller is observed too, without a spawn ID', () => {
  const labels = { 'nublado.lsst.io/category': 'fileserver', 'nublado.lsst.io/user': 'rachel' };
  const job: V1Job = { ...aJob(), metadata: { uid: 'job', name: 'rachel-fs', labels } };
  const observed = observeFileServer({ job, pods: [aPod('p')], ingress: anIngress(BALANCED) });
  expect([isServing(observed), observed.job?.spawnId, fileServerUsername(job)]).toEqual([
    true,
    null,
    'rachel',
  ]);
});

test('the objects of a file server say whose they are, and are of no lab', () => {
  const { job, service, ingress } = fileServerObjects(fileServerInput('email-username'));
  const pod = { metadata: job.spec?.template.metadata ?? {} };
  for (const object of [job, service, ingress, pod]) {
    expect([fileServerUsername(object), podUsername(object)]).toEqual(['ada.lovelace@example.org', null]);
  }
});
