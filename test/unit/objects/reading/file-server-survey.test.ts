import type { KubernetesObject, V1Job, V1Pod } from '@kubernetes/client-node';
import { fileServerClaimName, fileServerName } from '../../../../src/domain/file-server-key';
import { fileServerLabels } from '../../../../src/objects/file-server/metadata';
import { fileServerObjects } from '../../../../src/objects/file-server/objects';
import { type LabelledObjects, surveyFileServers } from '../../../../src/objects/reading/file-server-survey';
import { fileServerInput } from '../../../objects/file-server-cases';

const NOW = Date.parse('2077-10-23T10:00:00Z');

const ago = (ageMs: number): string => new Date(NOW - ageMs).toISOString();

interface Changes {
  readonly username?: string;
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ageMs?: number;
  readonly isDeleting?: boolean;
}

/** An object as a list gives it: plain JSON, without a kind. */
function anObject(changes: Changes = {}, more: object = {}): KubernetesObject {
  const { ageMs = 600_000, annotations = {}, isDeleting = false, username = 'rachel' } = changes;
  const { name = fileServerName(username), labels = fileServerLabels(username) } = changes;
  const deletion = isDeleting ? { deletionTimestamp: ago(0) } : {};
  const metadata = {
    name,
    uid: `uid-of-${name}`,
    labels,
    annotations,
    creationTimestamp: ago(ageMs),
    ...deletion,
  };
  return JSON.parse(JSON.stringify({ metadata, ...more }));
}

const aJob = (changes: Changes = {}, status: object = {}) => anObject(changes, { status }) as V1Job;

const anIngress = (changes: Changes = {}, address: object = { ip: '192.0.2.1' }) =>
  anObject(changes, { status: { loadBalancer: { ingress: [address] } } });

const aClaim = (changes: Changes = {}) =>
  anObject({ name: fileServerClaimName(changes.username ?? 'rachel', 'home'), ...changes });

function aPod(changes: Changes & { readonly owner?: string; readonly phase?: string } = {}): V1Pod {
  const { owner = `uid-of-${fileServerName(changes.username ?? 'rachel')}`, phase = 'Running' } = changes;
  const pod = anObject({ name: 'rachel-fs-x7z2q', ...changes }, { status: { phase } });
  return { ...pod, metadata: { ...pod.metadata, ownerReferences: [{ uid: owner }] } } as V1Pod;
}

function survey(some: Partial<LabelledObjects>) {
  const nothing = { jobs: [], pods: [], ingresses: [], claims: [], ingressKind: 'Ingress' } as const;
  return surveyFileServers({ ...nothing, ...some }, NOW);
}

const only = (some: Partial<LabelledObjects>) => {
  const { fileServers, reports } = survey(some);
  expect([fileServers.length, reports]).toEqual([1, []]);
  return fileServers[0];
};

test('a file server that serves is found whole, with the time of its job', () => {
  const found = only({ jobs: [aJob()], pods: [aPod()], ingresses: [anIngress()], claims: [aClaim()] });
  expect(found).toMatchObject({
    username: 'rachel',
    isServing: true,
    isLeaving: false,
    ageMs: 600_000,
    startedAt: ago(600_000),
    observed: { job: { uid: 'uid-of-rachel-fs', spawnId: null }, pod: { phase: 'Running' } },
  });
});

test('a load balancer may have a host in place of an address', () => {
  const ingresses = [anIngress({}, { hostname: 'lb.example' })];
  expect(only({ jobs: [aJob()], pods: [aPod()], ingresses })?.isServing).toBe(true);
});

test.each([
  ['a pod that waits', { pods: [aPod({ phase: 'Pending' })] }],
  ['no pod', { pods: [] }],
  ['the pod of another job', { pods: [aPod({ owner: 'other' })] }],
  ['a pod with labels of another user', { pods: [aPod({ labels: fileServerLabels('lise') })] }],
  ['no Ingress', { ingresses: [] }],
  ['an Ingress without an address', { ingresses: [anIngress({}, {})] }],
  ['a job that has ended', { jobs: [aJob({}, { conditions: [{ type: 'Complete', status: 'True' }] })] }],
  ['a job that is being deleted', { jobs: [aJob({ isDeleting: true })] }],
  ['no job', { jobs: [] }],
  ['only claims', { jobs: [], pods: [], ingresses: [], claims: [aClaim()] }],
])('a file server with %s does not serve %s', (_what, changes) => {
  const whole = { jobs: [aJob()], pods: [aPod()], ingresses: [anIngress()] };
  expect(only({ ...whole, ...changes })?.isServing).toBe(false);
});

test('several pods of one job are no hindrance: one that runs serves', () => {
  const leaving = aPod({ name: 'rachel-fs-aaaaa', isDeleting: true, ageMs: 1_000 });
  const pods = [leaving, aPod(), aPod({ name: 'rachel-fs-bbbbb', phase: 'Failed', ageMs: 900_000 })];
  expect(only({ jobs: [aJob()], pods, ingresses: [anIngress()] })).toMatchObject({
    isServing: true,
    observed: { pod: { uid: 'uid-of-rachel-fs-x7z2q' } },
  });
});

test('a file server is as young as its newest object, and leaves when all of it is being deleted', () => {
  const jobs = [aJob({ isDeleting: true })];
  expect(only({ jobs, ingresses: [anIngress({ ageMs: 5_000 })] })).toMatchObject({
    ageMs: 5_000,
    isLeaving: false,
  });
  expect(only({ jobs, ingresses: [anIngress({ isDeleting: true })] })?.isLeaving).toBe(true);
});

test('the creation of what is left is that of its labels, where there is one', () => {
  const labels = { ...fileServerLabels('rachel'), 'nublado.lsst.io/spawn-id': 'op-1' };
  expect(only({ claims: [aClaim({ labels })] })?.operationId).toBe('op-1');
  expect(only({ claims: [aClaim()] })).not.toHaveProperty('operationId');
});

test('an object whose age cannot be read counts as new', () => {
  const { metadata } = aClaim();
  const claims = [{ metadata: { ...metadata, creationTimestamp: 'noon' } }] as unknown as KubernetesObject[];
  expect(only({ claims })?.ageMs).toBe(0);
});

test.each(['minimal', 'email-username'])('what the controller makes for the case "%s" is found', (name) => {
  const input = fileServerInput(name);
  const { job } = fileServerObjects(input);
  const listed = JSON.parse(JSON.stringify(job)) as V1Job;
  expect(only({ jobs: [listed] })?.username).toBe(input.user.username);
});

test.each([
  ['a name of another user', { username: 'lise', name: 'rachel-fs' }, 'lise-fs'],
  [
    'an annotation that its label does not stand for',
    { labels: fileServerLabels('lise'), annotations: { 'nublado.lsst.io/user': 'rachel' } },
    'lise-fs',
  ],
  [
    'the label of a user in place of whom it has a name, but not their annotation',
    { labels: fileServerLabels('ada@example.org'), name: fileServerName('ada@example.org') },
    expect.stringMatching(/--fs$/),
  ],
])('a job with %s is reported and is of no user', (_what, changes, expected) => {
  const { fileServers, reports } = survey({ jobs: [aJob(changes)], pods: [aPod()] });
  expect(fileServers).toEqual([]);
  const name = 'name' in changes ? changes.name : 'rachel-fs';
  const start = 'by its labels its name should be ';
  const problem = typeof expected === 'string' ? `${start}${expected}` : expected;
  expect(reports).toEqual([{ kind: 'report', object: `Job ${name}`, problem }]);
});

test('objects with hostile labels neither hide nor change those of the user', () => {
  const strange = { category: 'nublado.lsst.io/category', user: 'nublado.lsst.io/user' };
  const labels = { [strange.category]: 'fileserver', [strange.user]: 'rachel' };
  const jobs = [aJob(), aJob({ name: 'rachel-fs-2', labels }), aJob({ name: 'lise-fs', labels })];
  const claims = [aClaim(), aClaim({ name: 'lise-fs-pvc-home', labels })];
  const { fileServers, reports } = survey({ jobs, claims, pods: [aPod()], ingresses: [anIngress()] });
  expect(fileServers).toMatchObject([{ username: 'rachel', isServing: true }]);
  expect(reports.map((report) => report.kind === 'report' && report.object)).toEqual([
    'Job rachel-fs-2',
    'Job lise-fs',
    'PersistentVolumeClaim lise-fs-pvc-home',
  ]);
});

test('an object without labels or metadata is reported', () => {
  const { fileServers, reports } = survey({ jobs: [{}, { metadata: { name: 'x' } }] });
  expect(fileServers).toEqual([]);
  const problem = 'it is labelled as part of a file server, but with no user';
  expect(reports).toEqual([
    { kind: 'report', object: 'Job ', problem },
    { kind: 'report', object: 'Job x', problem },
  ]);
});
