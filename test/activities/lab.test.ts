import type { LabActivities } from '../../src/activities/lab';
import { parseConfig } from '../../src/config/config';
import type { LabTarget } from '../../src/domain/lab-address';
import { labMetadata } from '../../src/objects/lab/metadata';
import { aSealedRequest } from '../support/sealing';
import { json, status } from '../unit/kubernetes/scripted-server';
import { attempt } from './attempt';
import { type LabActivitiesUnderTest, startLabActivities } from './lab-activities';
import type { ScriptedCluster } from './scripted-cluster';

const NAMESPACE = '/api/v1/namespaces/lab-rachel';
const POD = `${NAMESPACE}/pods/rachel-nb`;
const SECRET = `${NAMESPACE}/secrets/rachel-nb`;
const SITE_SECRET = '/api/v1/namespaces/nublado/secrets/site';

const CONFIG = `
lab:
  namespacePrefix: lab
  labStartCommand: [run]
  secrets:
    - secretName: site
      secretKey: butler
  volumes:
    - name: home
      source: {type: hostPath, path: /tmp/homes}
  volumeMounts:
    - {containerPath: /home, volumeName: home}
  sizes:
    - size: small
      resources:
        requests: {cpu: 0.25, memory: 1Gi}
        limits: {cpu: 1, memory: 4Gi}
images:
  source:
    type: static
    recommended: One
    images:
      - name: One
        reference: registry.test/sketchbook:w_2077_44
`;

const { config } = parseConfig(CONFIG, { REPERTOIRE_BASE_URL: 'http://repertoire.test' });

/** Values that only the lab's Secret may hold. */
const SECRETS = {
  token: 'hunter2-token',
  hubEnvironment: { HUB_SECRET: 'hunter2-hub' },
  environment: { JUPYTERHUB_SERVICE_PREFIX: '/nb/user/rachel/' },
};
const SITE_VALUE = Buffer.from('hunter2-site').toString('base64');

/** The lab that tests are about. */
const RACHEL = { username: 'rachel', namespace: 'lab-rachel' };

const DISCOVERED = { datasets: {}, influxdbDatabases: {}, services: { internal: {} } };

let underTest: LabActivitiesUnderTest;
let cluster: ScriptedCluster;
let activities: LabActivities;

beforeEach(async () => {
  underTest = await startLabActivities(config, {
    sealer: { open: () => JSON.stringify(SECRETS) },
    discovery: { read: async () => DISCOVERED },
  });
  ({ cluster, activities } = underTest);
  cluster.objects.set(SITE_SECRET, {
    kind: 'Secret',
    metadata: { name: 'site' },
    data: { butler: SITE_VALUE },
  });
});

afterEach(() => underTest.close());

const create = (operationId = 'a', told?: string | null) =>
  attempt(() => activities.createLabObjects({ ...aSealedRequest({ operationId }), told }));

const labels = (operationId: string, username = 'rachel') => ({
  ...labMetadata({ username, operationId, application: null, labels: {} }).labels,
});

function theNamespaceOf(operationId: string, username?: string, changes: object = {}): void {
  const metadata = { name: 'lab-rachel', uid: 'old', labels: labels(operationId, username), ...changes };
  cluster.objects.set(NAMESPACE, { kind: 'Namespace', metadata });
}

describe('creating a lab', () => {
  test('creating a lab makes its objects, the pod last', async () => {
    await create();
    const created = cluster.server.requests.filter(({ method }) => method === 'POST');

    expect([...cluster.objects.keys()]).toEqual(
      expect.arrayContaining([NAMESPACE, POD, SECRET, `${NAMESPACE}/configmaps/rachel-nb-env`]),
    );
    expect(created.at(0)?.path).toBe('/api/v1/namespaces');
    expect(created.at(-1)?.path).toBe(`${NAMESPACE}/pods`);
    expect(cluster.objects.get(NAMESPACE)?.metadata.labels).toMatchObject({
      'nublado.lsst.io/spawn-id': 'a',
    });
  });

  test('creating a lab goes on where an earlier attempt of the same spawn broke off', async () => {
    cluster.answer('POST', '/secrets', status(500, 'InternalError'));
    await expect(create()).rejects.toMatchObject({ type: 'KubernetesUnavailable', nonRetryable: false });
    expect(cluster.objects.has(POD)).toBe(false);
    const { uid } = cluster.objects.get(NAMESPACE)?.metadata ?? {};
    await create();

    expect(cluster.objects.has(SECRET)).toBe(true);
    expect(cluster.objects.has(POD)).toBe(true);
    expect(cluster.objects.get(NAMESPACE)?.metadata.uid).toBe(uid);
  });

  test('creating a lab can be repeated when its answer was lost', async () => {
    await create();
    const before = new Map(cluster.objects);
    await create();

    expect(cluster.objects).toEqual(before);
  });

  test.each([
    ['labelled as another user’s', labels('other', 'ross')],
    ['without labels', {}],
  ])('creating a lab gives up when the namespace is %s, and leaves it alone', async (_, labels) => {
    theNamespaceOf('other', 'rachel', { labels });

    await expect(create()).rejects.toMatchObject({ type: 'ObjectConflict', nonRetryable: true });
    expect([...cluster.objects.keys()]).toEqual([SITE_SECRET, NAMESPACE]);
    expect(cluster.objects.get(NAMESPACE)?.metadata.deletionTimestamp).toBeUndefined();
  });

  test('creating a lab waits for a namespace that is going, be it its own', async () => {
    theNamespaceOf('a', 'rachel', { deletionTimestamp: '2077-10-23T09:47:00Z' });

    await expect(create()).rejects.toMatchObject({
      type: 'NotYet',
      nonRetryable: false,
      nextRetryDelay: 1_000,
    });
    expect([...cluster.objects.keys()]).toEqual([SITE_SECRET, NAMESPACE]);
  });

  test('creating a lab leaves another lab’s namespace of the same user to the workflow, which is told its UID', async () => {
    theNamespaceOf('another');

    await expect(create('a', null)).rejects.toMatchObject({
      type: 'Obstacle',
      nonRetryable: true,
      details: [{ isNamespace: true, isStuck: false, namespaceUid: 'old' }],
    });
    expect(cluster.objects.get(NAMESPACE)?.metadata.deletionTimestamp).toBeUndefined();
    expect(cluster.server.requests.filter(({ method }) => method === 'DELETE')).toEqual([]);
  });

  test('creating a lab reports each namespace of an earlier lab to its workflow once', async () => {
    theNamespaceOf('another');
    const { message } = await create('a', null).then(
      () => new Error('nothing was in the way'),
      (error: Error) => error,
    );

    await expect(create('a', message)).rejects.toMatchObject({ type: 'NotYet', message });
    theNamespaceOf('a third', 'rachel', { uid: 'new' });
    await expect(create('a', message)).rejects.toMatchObject({ details: [{ namespaceUid: 'new' }] });
  });

  test('returns the UID of a pod that an earlier attempt has made', async () => {
    const uid = await create();

    expect(await create()).toBe(uid);
    expect(uid).toBe(cluster.objects.get(POD)?.metadata.uid);
  });

  test.each([
    ['Pod', POD],
    ['ConfigMap', `${NAMESPACE}/configmaps/rachel-nb-env`],
  ])(
    'creating a lab takes no %s for its own that has arrived late from another spawn',
    async (kind, path) => {
      const metadata = { name: path.split('/').at(-1) ?? '', uid: 'stray', labels: labels('another') };
      cluster.objects.set(path, { kind, metadata });
      const told = await create('a', null).catch((error: unknown) => error);
      const { uid } = cluster.objects.get(NAMESPACE)?.metadata ?? {};

      expect(told).toMatchObject({
        type: 'Obstacle',
        message: expect.stringContaining(`${kind} ${metadata.name} of another spawn`),
        details: [{ isNamespace: true, namespaceUid: uid }],
      });
      await expect(create('a', null)).rejects.toMatchObject({ type: 'Obstacle' });
      expect(cluster.objects.get(path)?.metadata.uid).toBe('stray');
    },
  );

  test('creating a lab takes no Secret for its own that is there before it has made one', async () => {
    cluster.objects.set(SECRET, { kind: 'Secret', metadata: { name: 'rachel-nb', uid: 'stray' } });

    await expect(create('a', null)).rejects.toMatchObject({
      type: 'Obstacle',
      message: expect.stringContaining('Secret rachel-nb of another spawn'),
    });
    expect(cluster.objects.has(POD)).toBe(false);
  });

  test('creating a lab reads who an object is, not what it holds', async () => {
    await create();
    await create();
    const reads = cluster.server.requests.filter(
      ({ path, method }) => method === 'GET' && path.includes('rachel-nb'),
    );

    expect(reads.length).toBeGreaterThan(0);
    expect(reads.map(({ path }) => path).filter((path) => path.includes('/secrets/'))).toEqual([]);
  });

  test('creating a lab offers the pod again until the namespace has its service account', async () => {
    const message =
      'pods "rachel-nb" is forbidden: error looking up service account lab-rachel/default: not found';
    const refusal = status(403, 'Forbidden', { message, details: { kind: 'pods', name: 'rachel-nb' } });
    const accountless = status(403, 'Forbidden', {
      message: message.replace('default: not', 'default: serviceaccount "default" not'),
      details: { kind: 'pods', name: 'rachel-nb' },
    });
    cluster.answer('POST', '/pods', refusal, accountless);
    await create();

    expect(cluster.objects.has(POD)).toBe(true);
    expect(cluster.server.requests.filter(({ path }) => path.endsWith('/pods'))).toHaveLength(3);
  });

  test('creating a lab gives up when the pod exceeds the quota', async () => {
    const message = 'pods "rachel-nb" is forbidden: exceeded quota: rachel-nb';
    cluster.answer('POST', '/pods', status(403, 'Forbidden', { message, details: { kind: 'pods' } }));

    await expect(create()).rejects.toMatchObject({ type: 'QuotaExceeded', nonRetryable: true });
  });

  test('creating a lab gives up when a configured secret is missing', async () => {
    cluster.objects.delete(SITE_SECRET);

    await expect(create()).rejects.toMatchObject({
      type: 'ConfigurationError',
      message: 'Secret nublado/site does not exist',
      nonRetryable: true,
    });
    expect(cluster.objects.size).toBe(0);
  });

  test('creating a lab gives up when a configured secret lacks its key', async () => {
    cluster.objects.set(SITE_SECRET, {
      kind: 'Secret',
      metadata: { name: 'site' },
      data: { other: SITE_VALUE },
    });

    await expect(create()).rejects.toMatchObject({
      type: 'ConfigurationError',
      message: 'No key butler in secret nublado/site',
    });
  });

  test.each([400, 403, 409, 422, 429, 500])(
    'creating a lab tells no secret when the Secret is refused with %d',
    async (code) => {
      cluster.answer('POST', '/secrets', (response, request) => {
        const reason = code === 409 ? 'Conflict' : 'Refused';
        return status(code, reason, {
          message: request.body,
          details: { causes: [{ message: request.body }] },
        })(response, request);
      });
      const error = await create().catch((error: unknown) => error);

      expect(error).toBeInstanceOf(Error);
      expect(everythingIn(error)).not.toMatch(/hunter2|aHVudGVyMi/);
      expect(cluster.objects.has(SECRET)).toBe(false);
    },
  );

  test('creating a lab shows no secret when the sealed document cannot be read', async () => {
    activities = underTest.activitiesWith({ sealer: { open: () => 'hunter2, no document' } });
    const error = await create().catch((error: unknown) => error);

    expect(error).toBeInstanceOf(Error);
    expect(everythingIn(error)).not.toContain('hunter2');
  });
});

/** All that a history could keep of an error, causes included. */
function everythingIn(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return [error.message, error.stack, JSON.stringify(error), everythingIn(error.cause)].join('\n');
}

describe('reading the pod', () => {
  const read = () => attempt(() => activities.readPod(RACHEL));

  test('reading the pod returns its observation', async () => {
    await create();
    expect(await read()).toMatchObject({ spawnId: 'a', phase: 'Unknown', podIp: null, isDeleting: false });
  });

  test('reading the pod returns null when there is none', async () => {
    expect(await read()).toBeNull();
  });

  test.each([
    ['another spawn', { spawnId: 'b', podUid: null }],
    ['another UID, where the lab is adopted', { spawnId: null, podUid: 'adopted' }],
  ])('reading the pod takes no pod of %s for the lab’s', async (_, identity) => {
    await create();

    expect(await attempt(() => activities.readPod({ ...RACHEL, ...identity }))).toBeNull();
  });

  test('reading the pod is tried again when the cluster is away', async () => {
    cluster.answer('GET', '/rachel-nb', status(503, 'ServiceUnavailable'));
    await expect(read()).rejects.toMatchObject({ type: 'KubernetesUnavailable', nonRetryable: false });
  });
});

describe('deleting the pod', () => {
  const remove = (graceMs: number) => attempt(() => activities.deletePod({ ...RACHEL, graceMs }));

  test.each([
    [1_000, 1],
    [1_500, 2],
    [0, 0],
  ])('deleting the pod gives it its grace of %d ms in whole seconds', async (graceMs, grace) => {
    await create();
    const { uid } = cluster.objects.get(POD)?.metadata ?? {};

    expect(await remove(graceMs)).toBe(uid);
    expect(cluster.objects.has(POD)).toBe(false);
    expect(JSON.parse(cluster.server.requests.at(-1)?.body ?? '')).toMatchObject({
      gracePeriodSeconds: grace,
    });
  });

  test('deleting the pod succeeds when there is none', async () => {
    expect(await remove(0)).toBeNull();
  });

  const removeTarget = (identity: Omit<LabTarget, 'username' | 'namespace'>, graceMs = 1_000) =>
    attempt(() => activities.deletePod({ ...RACHEL, ...identity, graceMs }));

  const requestsSince = (before: number) => cluster.server.requests.slice(before).map(({ method }) => method);

  test('costs one request where its UID is known, which is the precondition', async () => {
    const uid = await create();
    const before = cluster.server.requests.length;

    expect(await removeTarget({ spawnId: 'a', podUid: uid })).toBe(uid);
    expect(requestsSince(before)).toEqual(['DELETE']);
    const { body } = cluster.server.requests.at(-1) ?? {};
    expect(JSON.parse(body ?? '')).toEqual({ gracePeriodSeconds: 1, preconditions: { uid } });
  });

  test('deleting the pod of an unknown UID reads it first, and deletes what was read', async () => {
    const uid = await create();
    const before = cluster.server.requests.length;

    expect(await removeTarget({ spawnId: 'a', podUid: null })).toBe(uid);
    expect(requestsSince(before)).toEqual(['GET', 'DELETE']);
    expect(JSON.parse(cluster.server.requests.at(-1)?.body ?? '')).toMatchObject({ preconditions: { uid } });
  });

  test.each([
    ['its UID is known', { spawnId: 'a', podUid: 'uid-of-a' }],
    ['its UID is not known', { spawnId: 'a', podUid: null }],
    ['it was adopted', { spawnId: null, podUid: 'uid-of-a' }],
  ])(
    'deleting the pod leaves the pod of the next lab alone where %s, and says that its own is gone',
    async (_, identity) => {
      await create('b');

      expect(await removeTarget(identity)).toBeNull();
      expect(await removeTarget(identity, 0)).toBeNull();
      expect(cluster.objects.has(POD)).toBe(true);
    },
  );

  test('deleting the pod finds the pod of the spawn where the given UID is wrong', async () => {
    const uid = await create();

    expect(await removeTarget({ spawnId: 'a', podUid: 'made by hand' })).toBe(uid);
    expect(cluster.objects.has(POD)).toBe(false);
  });

  test('asked for by an earlier version, goes by the user', async () => {
    const uid = await create();
    expect(await removeTarget({})).toBe(uid);
    const other = { name: 'rachel-nb', uid: 'x', labels: labels('a', 'ross') };
    cluster.objects.set(POD, { kind: 'Pod', metadata: other });

    expect(await removeTarget({})).toBeNull();
    expect(cluster.objects.has(POD)).toBe(true);
  });
});

describe('deleting the namespace', () => {
  const remove = () => attempt(() => activities.deleteNamespace(RACHEL));

  test('deleting the namespace begins, waits, and ends once it is gone', async () => {
    theNamespaceOf('a');
    await expect(remove()).rejects.toMatchObject({ type: 'NotYet', nonRetryable: false });
    expect(cluster.objects.get(NAMESPACE)?.metadata.deletionTimestamp).toBeDefined();
    await expect(remove()).rejects.toMatchObject({ type: 'NotYet', nonRetryable: false });
    cluster.objects.delete(NAMESPACE);

    await expect(remove()).resolves.toBeUndefined();
    expect(cluster.server.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(1);
  });

  test.each([
    ['spawn', { spawnId: 'a' }],
    ['UID, where it was adopted', { spawnId: null, namespaceUid: 'adopted' }],
    ['UID, where it was found', { spawnId: 'b', namespaceUid: 'found' }],
  ])(
    'deleting the namespace leaves the namespace of the next lab alone, which it tells by its %s',
    async (_, identity) => {
      theNamespaceOf('b', 'rachel', { uid: 'of-b' });
      const target = { ...RACHEL, ...identity };

      await expect(attempt(() => activities.deleteNamespace(target))).resolves.toBeUndefined();
      theNamespaceOf('b', 'rachel', { uid: 'of-b', deletionTimestamp: '2077-10-23T09:47:00Z' });
      await expect(attempt(() => activities.deleteNamespace(target))).resolves.toBeUndefined();
      expect(cluster.server.requests.filter(({ method }) => method === 'DELETE')).toEqual([]);
    },
  );

  test.each([
    ['its spawn', { spawnId: 'a' }],
    ['its UID', { spawnId: 'b', namespaceUid: 'old' }],
  ])('deleting the namespace deletes the one that has %s', async (_, identity) => {
    theNamespaceOf('a');
    const deletion = attempt(() => activities.deleteNamespace({ ...RACHEL, ...identity }));

    await expect(deletion).rejects.toMatchObject({ type: 'NotYet', nonRetryable: false });
    expect(cluster.objects.get(NAMESPACE)?.metadata.deletionTimestamp).toBeDefined();
  });

  test.each([
    ['not labelled', {}],
    ['another user’s', labels('a', 'ross')],
  ])('deleting the namespace leaves one alone that is %s', async (_, labels) => {
    theNamespaceOf('a', 'rachel', { labels });

    await expect(remove()).resolves.toBeUndefined();
    expect(cluster.objects.get(NAMESPACE)?.metadata.deletionTimestamp).toBeUndefined();
  });

  test('deleting the namespace does not hit a namespace that replaced the one it looked at', async () => {
    theNamespaceOf('a');
    cluster.answer('DELETE', '/lab-rachel', (response, request) => {
      const { preconditions } = JSON.parse(request.body) as { preconditions: { uid: string } };
      return (preconditions.uid === 'old' ? status(409, 'Conflict') : json(200, {}))(response, request);
    });

    await expect(remove()).rejects.toMatchObject({ nonRetryable: false });
    expect(cluster.objects.get(NAMESPACE)?.metadata.deletionTimestamp).toBeUndefined();
  });
});
