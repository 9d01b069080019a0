import { MockActivityEnvironment } from '@temporalio/testing';
import { type LabActivities } from '../../src/activities/lab';
import { labMetadata } from '../../src/objects/lab/metadata';
import { silence } from '../support/quiet-runtime';
import { aSealedRequest } from '../support/sealing';
import { aDocument, parsed } from '../unit/config/sample-documents';
import { status } from '../unit/kubernetes/scripted-server';
import { attempt, interceptor } from './attempt';
import { type LabActivitiesUnderTest, startLabActivities } from './lab-activities';
import type { ScriptedCluster } from './scripted-cluster';

/** What activities that are tried again say about what they wait for. */

const NAMESPACE = '/api/v1/namespaces/lab-rachel';
const LONG_AGO = '2024-10-23T09:47:00Z';

const AWAY = { type: 'NamespaceDeletionDiscoveryFailure', message: 'stale metrics.k8s.io', status: 'True' };
const HELD = {
  type: 'NamespaceFinalizersRemaining',
  message: 'finalizers remaining: example.com/hold in 1 resource instances',
  status: 'True',
};

const { config } = parsed(aDocument({}));

let underTest: LabActivitiesUnderTest;
let cluster: ScriptedCluster;
let activities: LabActivities;

beforeEach(async () => {
  underTest = await startLabActivities(config);
  ({ cluster, activities } = underTest);
});

afterEach(() => underTest.close());

/** A namespace of an earlier lab of rachel's that is going. */
function goingSince(deletionTimestamp: string, ...conditions: object[]): void {
  const lab = { username: 'rachel', operationId: 'earlier', application: null, labels: {} };
  const metadata = {
    name: 'lab-rachel',
    uid: 'old',
    deletionTimestamp,
    labels: { ...labMetadata(lab).labels },
  };
  cluster.objects.set(NAMESPACE, { kind: 'Namespace', metadata, status: { conditions } });
}

const create = (told?: string | null) =>
  attempt(() => activities.createLabObjects({ ...aSealedRequest({ operationId: 'a' }), told }));
const remove = (told?: string | null) =>
  attempt(() => activities.deleteNamespace({ username: 'rachel', namespace: 'lab-rachel', told }));

/** What an activity ended with. */
async function failureOf(activity: Promise<unknown>): Promise<Error> {
  const failure: unknown = await activity.catch((error: unknown) => error);
  if (!(failure instanceof Error)) throw new Error('it has not failed');
  return failure;
}

describe.each([
  ['the creation', create],
  ['the removal', remove],
])('%s', (_, run) => {
  test.each([
    ['an API is away', AWAY],
    ['a finalizer keeps it', HELD],
  ])('an activity that waits for a namespace ends with what keeps it where %s', async (_, condition) => {
    goingSince(LONG_AGO, condition);

    expect(await failureOf(run(null))).toMatchObject({
      type: 'Obstacle',
      nonRetryable: true,
      details: [{ isNamespace: true, isStuck: true }],
    });
  });

  test('an activity goes on waiting for a namespace when its workflow knows the obstacle, or does not handle obstacles', async () => {
    goingSince(LONG_AGO, AWAY);
    const { message } = await failureOf(run(null));

    await expect(run(message)).rejects.toMatchObject({ type: 'NotYet', message });
    await expect(run()).rejects.toMatchObject({ type: 'NotYet', message });
  });

  test('an activity only waits for a namespace that has begun to go', async () => {
    goingSince(new Date().toISOString(), HELD);

    await expect(run(null)).rejects.toMatchObject({ type: 'NotYet', nonRetryable: false });
  });
});

describe('a creation whose requests fail', () => {
  const message = 'Internal error occurred: failed calling webhook "mutate.example.com": connection refused';

  test('a creation whose requests fail ends with why, once that has lasted', async () => {
    const refusal = status(500, 'InternalError', { message, details: {} });
    cluster.answer('POST', '/pods', refusal, refusal);
    const failure = await failureOf(create(null));

    expect(failure).toMatchObject({
      type: 'Obstacle',
      message: expect.stringContaining('An admission webhook of the cluster does not answer'),
      details: [{ isNamespace: false }],
    });
    await expect(create(failure.message)).rejects.toMatchObject({
      type: 'KubernetesUnavailable',
      nonRetryable: false,
    });
  });

  test('a creation whose requests fail does not end once more because the same answer comes in other words', async () => {
    const answer = (id: number) =>
      status(503, 'ServiceUnavailable', { message: `request ${id}`, details: {} });
    cluster.answer('POST', '/pods', answer(1), answer(2));
    const { message } = await failureOf(create(null));

    expect(message).toContain('request 1');
    await expect(create(message)).rejects.toMatchObject({ type: 'KubernetesUnavailable' });
  });

  test('a creation whose requests fail is only tried again while that has just begun', async () => {
    cluster.answer('POST', '/pods', status(500, 'InternalError', { message }));
    const begun = new MockActivityEnvironment(
      {
        startToCloseTimeoutMs: 15_000,
        scheduledTimestampMs: Date.now(),
        workflowExecution: { workflowId: 'lab-rachel', runId: 'test' },
      },
      { interceptors: [interceptor], logger: silence },
    );
    const creation = begun.run(() =>
      activities.createLabObjects({ ...aSealedRequest({ operationId: 'a' }), told: null }),
    );

    await expect(creation).rejects.toMatchObject({ type: 'KubernetesUnavailable' });
  });

  test.each([
    ['a webhook', 403, 'admission webhook "labs.example.com" denied the request: no', 'KubernetesForbidden'],
    ['a policy', 422, "ValidatingAdmissionPolicy 'labs' denied request: no", 'KubernetesInvalid'],
  ])(
    'a creation whose requests fail has failed at once when %s refuses the pod, in its words',
    async (_, code, message, type) => {
      cluster.answer('POST', '/pods', status(code, 'Refused', { message, details: { kind: 'pods' } }));

      await expect(create(null)).rejects.toMatchObject({
        type,
        message: expect.stringMatching(/: no\. This is decided by an? .*operator has to/),
        nonRetryable: true,
      });
    },
  );
});
