import type { KubernetesObject, V1Namespace, V1Node, V1Pod } from '@kubernetes/client-node';
import * as fc from 'fast-check';
import { isLabUsername } from '../../../../src/domain/user';
import { labMetadata } from '../../../../src/objects/lab/metadata';
import { type FoundFileServer, observeFileServer } from '../../../../src/objects/reading/file-server';
import { isFsadmin, observeFsadminObject, observeFsadminPod } from '../../../../src/objects/reading/fsadmin';
import {
  fileServerUsername,
  isLabOf,
  isPrepullPod,
  podUsername,
  spawnIdOf,
  userOf,
} from '../../../../src/objects/reading/labels';
import { namespaceObstacle } from '../../../../src/objects/reading/namespace';
import { nodeFacts } from '../../../../src/objects/reading/node';
import { observePod } from '../../../../src/objects/reading/pod';
import { observePodEvent } from '../../../../src/objects/reading/pod-event';
import { type FoundLab, recoverLab } from '../../../../src/objects/reading/recovery';

type Value = fc.Arbitrary<unknown>;

const LONG = 'x'.repeat(100_000);

/** Values of any type, and of any length, that have no place in an object of Kubernetes. */
const wrong: Value = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    0,
    -1,
    1.5,
    Number.NaN,
    '',
    LONG,
    true,
    [],
    {},
    [null],
    ['x'],
    [[]],
  ),
  fc.constantFrom<unknown>(new Date(Number.NaN), '2077-13-45T99:99:99Z', '1e999', '{"name": 1}', [
    { name: LONG },
  ]),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Mostly a right value. */
const field = (right: Value): Value =>
  fc.oneof({ weight: 6, arbitrary: right }, { weight: 1, arbitrary: wrong });

const shaped = (fields: Readonly<Record<string, Value>>): Value =>
  field(
    fc.record(Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, field(value)])), {
      requiredKeys: [],
    }),
  );

const listOf = (item: Value): Value => fc.array(field(item), { maxLength: 3 });

const oneOf = (...values: readonly unknown[]): Value => fc.constantFrom(...values);

const instant = oneOf('2077-10-23T09:47:00Z', new Date(0));
const reason = oneOf('Evicted', 'CrashLoopBackOff', 'OOMKilled', 'NodeLost', 'Unschedulable', 'a\nb');
const message = oneOf('a message', LONG, 'https://user:secret@example.com/a?sig=b', '\u0000');
const conditions = listOf(
  shaped({
    type: oneOf(
      'Ready',
      'DisruptionTarget',
      'PodScheduled',
      'NamespaceFinalizersRemaining',
      'NamespaceContentRemaining',
      'Failed',
      'Accepted',
    ),
    status: oneOf('True', 'False', 'Unknown'),
    reason,
    message,
  }),
);

const { labels, annotations } = labMetadata({
  username: 'ada@example.org',
  operationId: 'spawn',
  application: null,
  labels: {},
});

const values = (known: Readonly<Record<string, string>>): Value =>
  shaped(
    Object.fromEntries(Object.entries(known).map(([name, value]) => [name, oneOf(value, 'rachel', '[]')])),
  );

const metadata = shaped({
  name: oneOf('lab-rachel'),
  namespace: oneOf('lab-rachel'),
  uid: oneOf('u1'),
  resourceVersion: oneOf('7', '9'.repeat(50_000)),
  creationTimestamp: instant,
  deletionTimestamp: instant,
  finalizers: listOf(oneOf('example.com/hold')),
  ownerReferences: listOf(shaped({ uid: oneOf('u1') })),
  labels: values(labels),
  annotations: values({
    ...annotations,
    'nublado.lsst.io/user-groups': '[{"name": "rachel", "id": 1101}]',
    'nublado.lsst.io/user-name': 'Rachel',
  }),
});

const terminated = shaped({ exitCode: oneOf(0, 1, 137), reason, message });

const statuses = listOf(
  shaped({
    name: oneOf('notebook', 'prepare'),
    image: oneOf('image'),
    ready: fc.boolean(),
    restartCount: oneOf(0, 3),
    state: shaped({ running: oneOf({}), waiting: shaped({ reason, message }), terminated }),
    lastState: shaped({ terminated }),
  }),
);

const containers = listOf(
  shaped({
    name: oneOf('notebook', 'prepare'),
    restartPolicy: oneOf('Always', 'OnFailure'),
    readinessProbe: oneOf({}),
    securityContext: shaped({ runAsUser: oneOf(0, 1101), runAsGroup: oneOf(0, 1101) }),
  }),
);

const pod = shaped({
  metadata,
  spec: shaped({
    nodeName: oneOf('node-1'),
    restartPolicy: oneOf('OnFailure'),
    containers,
    initContainers: containers,
  }),
  status: shaped({
    phase: oneOf('Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'),
    startTime: instant,
    reason,
    message,
    podIP: oneOf('10.0.0.1', 'fd00::1', 'example.com/', '1@example.com'),
    conditions,
    containerStatuses: statuses,
    initContainerStatuses: statuses,
  }),
}) as fc.Arbitrary<V1Pod>;

const namespace = shaped({ metadata, status: shaped({ conditions }) }) as fc.Arbitrary<V1Namespace>;

const reference = shaped({ kind: oneOf('Pod', 'Node'), uid: oneOf('u1') });

const event = shaped({
  metadata,
  type: oneOf('Normal', 'Warning'),
  reason,
  note: message,
  message,
  regarding: reference,
  involvedObject: reference,
  eventTime: instant,
  lastTimestamp: instant,
  count: oneOf(2),
  series: shaped({ count: oneOf(3), lastObservedTime: instant }),
}) as fc.Arbitrary<KubernetesObject>;

const node = shaped({
  metadata,
  spec: shaped({
    unschedulable: fc.boolean(),
    taints: listOf(shaped({ key: oneOf('a'), value: oneOf('b'), effect: oneOf('NoSchedule') })),
  }),
  status: shaped({
    conditions,
    images: listOf(shaped({ names: listOf(oneOf('a/b:c', 'a@sha256:0', '@', '/')), sizeBytes: oneOf(1) })),
  }),
}) as fc.Arbitrary<V1Node>;

const found = fc.record({
  username: fc.constant('rachel'),
  namespace: fc.constant('lab-rachel'),
  pod,
  environment: shaped({
    data: values({
      CPU_LIMIT: '1.0',
      MEM_LIMIT: '1Gi',
      CPU_GUARANTEE: '0.1',
      MEM_GUARANTEE: '1',
      JUPYTER_IMAGE_SPEC: 'image',
      JUPYTERHUB_SERVICE_PREFIX: '/nb/',
    }),
  }),
  quota: shaped({
    spec: shaped({ hard: shaped({ 'limits.cpu': oneOf('1', '1e300'), 'limits.memory': oneOf('1Gi') }) }),
  }),
}) as fc.Arbitrary<FoundLab>;

const fileServer = fc.record({
  job: shaped({ metadata, status: shaped({ conditions }) }),
  pods: fc.array(pod, { maxLength: 3 }),
  ingress: shaped({
    metadata,
    status: shaped({
      loadBalancer: shaped({
        ingress: listOf(shaped({ ip: oneOf('192.0.2.1'), hostname: oneOf('lb.example') })),
      }),
      parents: listOf(shaped({ conditions })),
    }),
  }),
}) as fc.Arbitrary<FoundFileServer>;

const RUNS = { numRuns: 1_000 };

test('an observation of any pod is well formed and of bounded size', () => {
  fc.assert(
    fc.property(pod, (object) => {
      const observation = observePod(object);
      expect(JSON.stringify(observation).length).toBeLessThan(16_000);
      expect(observation.message ?? '').not.toMatch(/secret|sig=|[\n\0]/);
      expect(observation.podIp ?? '::').toMatch(/^[0-9a-f.:]+$/);
      expect(['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown']).toContain(observation.phase);
    }),
    RUNS,
  );
});

test('the labels of any object name a lab or nothing', () => {
  fc.assert(
    fc.property(pod, (object) => {
      const owner = podUsername(object);
      const user = userOf(object);
      expect(user === null || isLabUsername(user)).toBe(true);
      expect(owner === null || owner === user).toBe(true);
      expect(isLabOf(object, 'rachel')).toBe(owner === 'rachel');
      expect(isPrepullPod(object) && owner !== null).toBe(false);
      expect([null, user]).toContain(fileServerUsername(object));
      expect((spawnIdOf(object) ?? '').length).toBeLessThanOrEqual(1_000);
    }),
    RUNS,
  );
});

test('the obstacle of any namespace has a message of bounded length', () => {
  fc.assert(
    fc.property(namespace, (object) => {
      const shown = namespaceObstacle(object, Date.parse('2077-10-23T10:00:00Z'))?.message ?? '';
      expect(shown.length).toBeLessThan(4_000);
      expect(shown).not.toMatch(/secret|sig=/);
    }),
    RUNS,
  );
});

test('any event gives an instant and a message of bounded length, or is not about a pod', () => {
  fc.assert(
    fc.property(event, (object) => {
      const observed = observePodEvent(object);
      expect(JSON.stringify(observed).length).toBeLessThan(5_000);
      expect(observed === null || Number.isFinite(Date.parse(observed.event.time))).toBe(true);
    }),
    RUNS,
  );
});

test('any node gives facts whose fields have their types', () => {
  fc.assert(
    fc.property(node, (object) => {
      const { images, isUnschedulable, name, taints } = nodeFacts(object);
      const texts = [
        name,
        ...taints.flatMap(({ key, effect }) => [key, effect]),
        ...images.flatMap(({ tags }) => tags),
      ];
      expect(texts.map((text) => typeof text)).toEqual(texts.map(() => 'string'));
      expect(typeof isUnschedulable).toBe('boolean');
    }),
    RUNS,
  );
});

test('a lab is recovered whole or not, whatever its objects contain', () => {
  fc.assert(
    fc.property(found, (objects) => {
      const recovery = recoverLab(objects, {
        operationId: 'adoption',
        since: '2077-10-23T09:47:00.000Z',
        sizes: [],
      });
      expect(['whole', 'incomplete', 'unreadable']).toContain(recovery.kind);
      const url = recovery.kind === 'whole' ? recovery.lab.record.internalUrl : null;
      expect(url ?? 'http://10.0.0.1:8888/').toMatch(/^http:\/\/(10\.0\.0\.1|\[fd00::1\]):8888\//);
    }),
    RUNS,
  );
});

test('an observation of any file server is well formed and of bounded size', () => {
  fc.assert(
    fc.property(fileServer, (objects) => {
      const { job, pod, ingress } = observeFileServer(objects);
      expect(JSON.stringify({ job, pod, ingress }).length).toBeLessThan(20_000);
      expect([null, undefined, 'failed']).toContain(job?.end);
      expect(typeof (ingress?.address ?? '')).toBe('string');
    }),
    RUNS,
  );
});

test('an observation of any pod for file system administration is well formed and of bounded size', () => {
  fc.assert(
    fc.property(pod, (object) => {
      const observed = observeFsadminPod(object);
      const { finalizers, ...known } = observeFsadminObject(object);
      expect(observed).toMatchObject(known);
      expect(JSON.stringify(observed).length).toBeLessThan(3_000);
      expect(observed.startTime ?? '2077-10-23T09:47:00Z').toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(finalizers.every((finalizer) => typeof finalizer === 'string')).toBe(true);
      expect(isFsadmin(object)).toBe(false);
    }),
    RUNS,
  );
});
