import { globSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { adoptedRecord } from '../../../src/domain/file-server';
import { pendingRecord } from '../../../src/domain/lab';
import type { Reader } from '../../../src/domain/shapes';
import { readFileServerInput } from '../../../src/workflows/fileserver/readers';
import type { LabWorkflowInput } from '../../../src/workflows/lab/messages';
import { readLabInput } from '../../../src/workflows/lab/readers';
import { AN_INSTANT, aPlan, aPod, aPodEvent, aSpawnRequest, timeouts } from '../../support/builders';
import { anEnsureRequest, fileServerTimeoutsOf } from '../../support/file-server-under-test';
import { mutated } from '../../support/hostile-payloads';

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const pull = {
  node: 'n1',
  reference: 'registry.test/lab:a@sha256:a',
  tag: 'a',
  digest: 'sha256:a',
  name: 'A',
};
const settings = {
  bound: 2,
  timeoutMs: 1,
  retryMs: 1,
  maxRetryMs: 1,
  tolerations: [
    { key: 'gpu', operator: 'Exists', value: null, effect: 'NoSchedule', tolerationSeconds: null },
  ],
  pullSecret: null,
  namespace: 'nublado',
  checkMs: 5,
};
const pod = aPod().running().onLostNode();
const record = {
  ...pendingRecord(aPlan(), { id: 'a', kind: 'spawn' }, AN_INSTANT),
  failure: { reason: 'PodEvicted', message: 'low on memory' },
};

const observedIdentity = { uid: 'a', spawnId: 'create-1', isDeleting: false };
const adoption = {
  username: 'rachel',
  namespace: 'fileservers',
  routing: 'ingress',
  observed: {
    job: { ...observedIdentity, end: null },
    pod,
    ingress: { ...observedIdentity, address: '10.1.1.1', isServed: true },
  },
  startedAt: AN_INSTANT,
} as const;
const fsadminTimeouts = { operationMs: 120_000, checkMs: 600_000, kubernetesRequestMs: 10_000 };
const sealed = { keyId: '2077', iv: 'aXY=', ciphertext: '', tag: 'dGFn' };

/** What the controller sends, for every reader of a kind of workflow, and the parts that readers share. */
const VALID: Readonly<Record<string, unknown>> = {
  'lifecycle/nameText': 'rachel',
  'lifecycle/imageReference': 'registry.test/lab:a',
  'lifecycle/durationMs': 30_000,
  'lifecycle/podChanges': [{ pod }, { pod: null, uid: 'pod' }],
  'lifecycle/podEvents': [aPodEvent()],
  'lifecycle/snapshotVersion': 1,
  'lifecycle/readPodNews': { changes: [{ pod }, { pod: null, uid: 'pod' }], events: [aPodEvent()] },
  'lab/readShutdownRequest': { operationId: 'delete-1', requester: 'rachel' },
  'lab/readForceShutdown': { reason: 'maintenance' },
  'lab/readSpawnRequest': aSpawnRequest(),
  'lab/readLabInput': { kind: 'spawn', request: aSpawnRequest() },
  'fileserver/readShutdownRequest': { operationId: 'delete-1', requester: 'rachel' },
  'fileserver/readForceShutdown': { reason: 'maintenance' },
  'fileserver/readEnsureRequest': anEnsureRequest(),
  'fileserver/readFileServerInput': { kind: 'adopt', adoption, timeouts: fileServerTimeoutsOf() },
  'prepull/readPullsWanted': { pulls: [pull], settings },
  'prepull/readPullNews': { changes: [{ pod }] },
  'prepull/readStart': {
    version: 1,
    settings,
    wanted: [pull],
    running: [{ pull, id: 'a', sinceMs: 1, podUid: 'pod', pod, trouble: { reason: 'away', untilMs: 2 } }],
    failed: [{ node: 'n1', reference: 'a', reason: 'b', attempts: 1, nextTryAt: AN_INSTANT, key: 'n1 a' }],
    pulled: [{ node: 'n1', digest: 'sha256:a', isListed: true }],
    done: 3,
  },
  'fsadmin/readFsadminRequest': { requester: 'rachel', timeouts: fsadminTimeouts },
  'fsadmin/readFsadminStart': {
    requester: null,
    timeouts: fsadminTimeouts,
    operationId: 'start-1',
    configuration: { id: 'abc', source: sealed },
    acceptedAt: AN_INSTANT,
    seal: { ...sealed, version: 2 },
  },
  'fsadmin/readForceFsadminShutdown': { reason: 'maintenance' },
  'fsadmin/readFsadminInput': {
    version: 1,
    timeouts: fsadminTimeouts,
    record: {
      status: 'failed',
      since: AN_INSTANT,
      startTime: null,
      failure: { reason: 'PodFinished', message: 'Pod fsadmin does not run: Succeeded' },
      requester: 'rachel',
    },
  },
  'image-catalogue/readCatalogueRefresh': {
    catalogue: { id: 'abc', data: 'H4sI' },
    refreshedAt: AN_INSTANT,
    failure: null,
    notice: 'two tags',
  },
  'reconciliation-record/readReconciliationFacts': { unsettled: ['rachel'] },
};

const readers = new Map(
  globSync(join(__dirname, '../../../src/workflows/*/readers.ts')).flatMap((path) =>
    Object.entries(require(path) as Record<string, Reader<unknown>>).map(
      ([name, read]) => [`${basename(dirname(path))}/${name}`, read] as const,
    ),
  ),
);

test('every reader of what workflows are sent is tried', () => {
  expect([...readers.keys()].toSorted()).toEqual(Object.keys(VALID).toSorted());
});

test.each([...readers])('%s takes all of what the controller sends', (name, read) => {
  expect(read(asJson(VALID[name]))).toEqual(asJson(VALID[name]));
});

test.each([...readers])('%s gives of anything else what it would read again, or nothing', (name, read) => {
  fc.assert(
    fc.property(mutated(asJson(VALID[name])), (value) => {
      const found = read(asJson(value));
      expect(read(asJson(found ?? null))).toEqual(found ?? read(null));
    }),
    { numRuns: 500 },
  );
});

const inputs: readonly LabWorkflowInput[] = [
  { kind: 'spawn', request: aSpawnRequest() },
  {
    kind: 'adopt',
    adoption: { lab: { record, pod, environment: { A: 'b' } }, timeouts: timeouts() } as never,
  },
  {
    kind: 'resume',
    snapshot: { version: 1, record, namespace: 'lab-rachel', timeouts: timeouts(), pod } as never,
  },
];

test.each(inputs)('a lab that starts with $kind is read as it was written', (input) => {
  expect(readLabInput(asJson(input))).toEqual(asJson(input));
});

test.each(inputs)('a lab that starts with $kind is read with what a newer version has added', (input) => {
  const newer = asJson(input) as { snapshot?: { record: object; later?: unknown } };
  const isResumed = newer.snapshot !== undefined;
  if (newer.snapshot) {
    newer.snapshot.later = { isOf: 'tomorrow' };
    Object.assign(newer.snapshot.record, { status: 'hibernating', later: 1 });
  }

  expect(readLabInput(newer)).toEqual(newer);
  expect(isResumed).toBe(input.kind === 'resume');
});

test('a lab input without what its kind needs is none', () => {
  const [spawn] = inputs;

  expect(readLabInput({ ...spawn, kind: 'resume' })).toBeUndefined();
  expect(readLabInput({ ...spawn, kind: 'hibernate' })).toBeUndefined();
});

const resumedFileServer = {
  kind: 'resume',
  snapshot: {
    version: 1,
    record: adoptedRecord(adoption, fileServerTimeoutsOf(), AN_INSTANT),
    timeouts: fileServerTimeoutsOf(),
    uids: { job: 'a' },
    pod,
  },
};

test.each([{ kind: 'new', username: 'rachel' }, resumedFileServer])(
  'a file server that starts with $kind is read as it was written',
  (input) => {
    expect(readFileServerInput(asJson(input))).toEqual(asJson(input));
  },
);

test('a file server is read with what a newer version has added, and not without what its kind needs', () => {
  const { record: known, ...snapshot } = resumedFileServer.snapshot;
  const newer = { ...snapshot, later: 1, record: { ...known, phase: 'hibernating', later: 1 } };

  expect(readFileServerInput(asJson({ kind: 'resume', snapshot: newer }))).toEqual(
    asJson({ kind: 'resume', snapshot: newer }),
  );
  expect(readFileServerInput({ kind: 'adopt' })).toBeUndefined();
  expect(readFileServerInput({ kind: 'hibernate', username: 'rachel' })).toBeUndefined();
});
