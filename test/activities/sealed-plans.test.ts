import type { LabActivities } from '../../src/activities/lab';
import { parseConfig } from '../../src/config/config';
import type { SpawnRequest } from '../../src/workflows/lab/messages';
import { aPlan } from '../support/builders';
import { aSealedRequest } from '../support/sealing';
import { attempt } from './attempt';
import { type LabActivitiesUnderTest, startLabActivities } from './lab-activities';
import type { ScriptedCluster } from './scripted-cluster';

const CONFIG = `
lab:
  defaults: plain
  namespacePrefix: lab
  volumes: [{name: home, source: {type: hostPath, path: /tmp/homes}}]
  volumeMounts: [{containerPath: /home, volumeName: home}]
  sizes:
    - {size: small, resources: {requests: {cpu: 0.25, memory: 1Gi}, limits: {cpu: 1, memory: 4Gi}}}
images:
  source: {type: static, recommended: One, images: [{name: One, reference: "registry.test/sketchbook:w_2077_44"}]}
`;

const { config } = parseConfig(CONFIG, { REPERTOIRE_BASE_URL: 'http://repertoire.test' });

let underTest: LabActivitiesUnderTest;
let cluster: ScriptedCluster;
let activities: LabActivities;

beforeEach(async () => {
  underTest = await startLabActivities(config);
  ({ cluster, activities } = underTest);
});

afterEach(async () => {
  jest.restoreAllMocks();
  await underTest.close();
});

const create = (request: SpawnRequest, workflowId?: string) =>
  attempt(() => activities.createLabObjects(request), workflowId);

/** What a refused creation says, and what was asked of the cluster. */
async function refusal(creation: Promise<unknown>) {
  const error = await creation.catch((error: unknown) => error);
  return { error, requests: [...cluster.server.requests] };
}

/** Not to be tried again, and before anything is asked of the cluster. */
const refusedBecause = (message: RegExp) => ({
  error: expect.objectContaining({
    type: 'PlanRefused',
    nonRetryable: true,
    message: expect.stringMatching(message),
  }),
  requests: [],
});

const CHANGED = /not as it was accepted/;

test('a request is carried out as it was accepted, also after it has been through JSON', async () => {
  await create(JSON.parse(JSON.stringify(aSealedRequest())));
  expect(cluster.objects.has('/api/v1/namespaces/lab-rachel/pods/rachel-nb')).toBe(true);
});

const user = aPlan().user;

test.each<[string, Partial<SpawnRequest['plan']>]>([
  ['image', { image: { reference: 'registry.test/mine:1', name: 'mine', digest: null } }],
  ['user ID', { user: { ...user, uid: 0 } }],
  ['group', { user: { ...user, groups: [{ name: 'staff', id: 50 }] } }],
  ['user', { user: { ...user, username: 'ross' } }],
  ['size', { size: 'large' }],
  ['resources', { resources: { limits: { cpu: 64, memory: 1 }, requests: { cpu: 64, memory: 1 } } }],
  ['quota', { quota: { cpu: 100, memory: 1 } }],
  ['namespace', { namespace: 'kube-system' }],
  ['configuration', { configuration: { id: 'other', source: aSealedRequest().plan.secrets } }],
  ['time of acceptance', { acceptedAt: new Date(Date.now() + 60_000).toISOString() }],
  ['choice of debugging', { enableDebug: true }],
  ['sealed part', { secrets: aSealedRequest().plan.secrets }],
])('a request with another %s creates nothing', async (_what, change) => {
  const request = aSealedRequest();
  expect(await refusal(create({ ...request, plan: { ...request.plan, ...change } }))).toEqual(
    refusedBecause(CHANGED),
  );
});

test('a request with other limits of time creates nothing', async () => {
  const request = aSealedRequest();
  const timeouts = { ...request.timeouts, spawnMs: 10 * request.timeouts.spawnMs };
  expect(await refusal(create({ ...request, timeouts }))).toEqual(refusedBecause(CHANGED));
});

test('a request with a key more creates nothing', async () => {
  const request = { ...aSealedRequest(), extra: true };
  expect(await refusal(create(request))).toEqual(refusedBecause(CHANGED));
});

test('a request under the ID of another operation creates nothing', async () => {
  expect(await refusal(create({ ...aSealedRequest(), operationId: 'other' }))).toEqual(
    refusedBecause(CHANGED),
  );
});

test('another user’s request creates nothing in a workflow of one’s own', async () => {
  expect(await refusal(create(aSealedRequest(), 'lab-ross'))).toEqual(refusedBecause(CHANGED));
});

test('a request can be carried out for an hour, and is refused after that', async () => {
  const request = aSealedRequest();
  const now = Date.now();
  const clock = jest.spyOn(Date, 'now');
  clock.mockReturnValue(now + 3_601_000);
  expect(await refusal(create(request))).toEqual(
    refusedBecause(/accepted at .*Z, and not carried out by .*Z.*start the lab again/),
  );
  clock.mockReturnValue(now + 3_590_000);
  await create(request);
  expect(cluster.objects.has('/api/v1/namespaces/lab-rachel')).toBe(true);
});

test('a request may be as old as two of its spawn timeouts, where these are long', async () => {
  const request = aSealedRequest({ timeouts: { ...aSealedRequest().timeouts, spawnMs: 3_600_000 } });
  const now = Date.now();
  const clock = jest.spyOn(Date, 'now');
  clock.mockReturnValue(now + 7_201_000);
  expect(await refusal(create(request))).toEqual(refusedBecause(/not carried out/));
  clock.mockReturnValue(now + 7_190_000);
  await create(request);
});

test('a request of an earlier version, which binds its secrets to the user only, is refused', async () => {
  const { plan, ...request } = aSealedRequest();
  const { acceptedAt: _, ...earlier } = plan;
  expect(await refusal(create({ ...request, plan: earlier }))).toEqual(refusedBecause(/earlier version/));
});

test.each(['deletePod', 'deleteNamespace'] as const)(
  '%s serves only the workflow of the user',
  async (step) => {
    const lab = { username: 'rachel', namespace: 'lab-rachel', graceMs: 0 };
    const deletion = attempt<unknown>(() => activities[step](lab), 'lab-ross');
    expect(await refusal(deletion)).toEqual(refusedBecause(/Only workflow lab-rachel/));
  },
);

const podIn = (namespace: string) => `/api/v1/namespaces/${namespace}/pods/rachel-nb`;

function aStrangeNamespace(labels: Readonly<Record<string, string>>): void {
  const name = 'elsewhere';
  cluster.objects.set(`/api/v1/namespaces/${name}`, { kind: 'Namespace', metadata: { name, labels } });
  const status = { podIP: '10.0.0.9' };
  const metadata = { name: 'rachel-nb', namespace: name, uid: 'p', resourceVersion: '1' };
  cluster.objects.set(podIn(name), { kind: 'Pod', metadata, status });
}

const ELSEWHERE = { username: 'rachel', namespace: 'elsewhere', graceMs: 0 };
const LABELS = { 'nublado.lsst.io/category': 'lab', 'nublado.lsst.io/user': 'rachel' };

test('a pod in a namespace that is not the user’s is neither deleted nor given a proof', async () => {
  aStrangeNamespace({ ...LABELS, 'nublado.lsst.io/user': 'ross' });

  expect(await attempt(() => activities.deletePod(ELSEWHERE))).toBeNull();
  expect(cluster.objects.has(podIn('elsewhere'))).toBe(true);
  expect(await attempt(() => activities.readPod(ELSEWHERE))).not.toHaveProperty('addressProof');
});

test('a lab in a namespace of an earlier prefix is known by the labels of its namespace', async () => {
  aStrangeNamespace(LABELS);

  const read = await attempt(() => activities.readPod(ELSEWHERE));
  expect(Object.keys(read?.addressProof ?? {})).toEqual(['test']);
  expect(await attempt(() => activities.deletePod(ELSEWHERE))).toBe('p');
});

test('a pod is read and deleted by one request each where the configuration puts it', async () => {
  const podUid = await create(aSealedRequest());
  const before = cluster.server.requests.length;
  const lab = { username: 'rachel', namespace: 'lab-rachel', podUid };
  await attempt(() => activities.readPod(lab));
  await attempt(() => activities.deletePod({ ...lab, graceMs: 0 }));
  expect(cluster.server.requests.slice(before).map(({ method }) => method)).toEqual(['GET', 'DELETE']);
});
