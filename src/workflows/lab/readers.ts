import type { LabRecord, PastLab, RecoveredLab } from '../../domain/lab';
import type { LabPlan } from '../../domain/lab-plan';
import { pendingRecord } from '../../domain/lab-record';
import { readPodChange, readPodEvent, readPodObservation } from '../../domain/pod-change';
import {
  dictionary,
  flag,
  latest,
  list,
  nullable,
  numberIn,
  object,
  ofLength,
  oneOf,
  openObject,
  type Reader,
  shortenedText,
  text,
  word,
} from '../../domain/shapes';
import type {
  Adoption,
  ForceShutdownRequest,
  LabSnapshot,
  LabTimeouts,
  LabWorkflowInput,
  PodNews,
  ShutdownRequest,
  SpawnRequest,
} from './messages';

/** More than a watcher sends at a time. */
const MAX_CHANGES = 1_000;

/** Longest operation ID, and name of a user or namespace, in UTF-16 units. */
const MAX_NAME = 253;

/** Longest reference of an image; also the limit of search attributes. */
const MAX_REFERENCE = 1_024;

/** Longest display name, and reason of an operator. */
const MAX_TEXT = 4_096;

/** Longest record of a lab as JSON, well below the server's limit for memos. */
const MAX_RECORD_LENGTH = 512 * 1024;

const MAX_TIMEOUTS_LENGTH = 8_192;
const MAX_GROUPS = 20_000;
const MAX_VARIABLES = 1_000;
const MAX_PAST_LABS = 20;
const MAX_ID = 2 ** 32;

/** A hundred years, in milliseconds. */
const MAX_TIMEOUT_MS = 3.2e12;

const name = text(MAX_NAME);
const timeoutMs = numberIn(0, MAX_TIMEOUT_MS);

const readChangesAndEvents = object<Pick<PodNews, 'changes'> & Partial<PodNews>>(
  { changes: latest(readPodChange, MAX_CHANGES), events: latest(readPodEvent, MAX_CHANGES) },
  ['events'],
);

/** Reads a pod update. Unreadable entries are left out, and the oldest of too many. */
export const readPodNews: Reader<PodNews> = (value) => {
  const news = readChangesAndEvents(value);
  return news && { changes: news.changes, events: news.events ?? [] };
};

/** Reads the request of an ordinary deletion. */
export const readShutdownRequest: Reader<ShutdownRequest> = object<ShutdownRequest>(
  { operationId: name, requester: nullable(name) },
  ['requester'],
);

/** Reads an operator's order, which is valid with any argument. */
export const readForceShutdown: Reader<ForceShutdownRequest> = (value) =>
  object<ForceShutdownRequest>({ reason: shortenedText(MAX_TEXT) }, ['reason'])(value) ?? {};

const readKnownTimeouts = openObject<LabTimeouts>(
  {
    spawnMs: timeoutMs,
    deleteMs: timeoutMs,
    kubernetesRequestMs: timeoutMs,
    kubernetesRetryMs: timeoutMs,
    spawnCheckMs: timeoutMs,
    runCheckMs: timeoutMs,
    deleteCheckMs: timeoutMs,
    finalCheckMs: timeoutMs,
    failedRetentionMs: timeoutMs,
    terminatedRetentionMs: timeoutMs,
    stopGraceMs: timeoutMs,
    imagePullPatienceMs: timeoutMs,
    unschedulablePatienceMs: timeoutMs,
    startRetryPatienceMs: timeoutMs,
    restartPatienceMs: timeoutMs,
    lostNodePatienceMs: nullable(timeoutMs),
    stuckNamespacePatienceMs: timeoutMs,
    hubRequestMs: nullable(timeoutMs),
  },
  [
    'startRetryPatienceMs',
    'restartPatienceMs',
    'lostNodePatienceMs',
    'stuckNamespacePatienceMs',
    'hubRequestMs',
  ],
);

const readTimeouts = ofLength(readKnownTimeouts, MAX_TIMEOUTS_LENGTH);

const amount = numberIn(0, Number.MAX_VALUE);
const resourceAmount = openObject({ cpu: amount, memory: amount });
const longText = text(MAX_TEXT);
/** Sizes come from the configuration. */
const size = longText as Reader<LabPlan['size']>;
const environment = dictionary(text(MAX_RECORD_LENGTH), MAX_VARIABLES);

/** The part of a plan that the workflow itself uses; activities verify that the plan is the API's. */
type UsedPlan = Omit<LabPlan, 'user' | 'configuration' | 'secrets'> & {
  readonly user: Omit<LabPlan['user'], 'quota'>;
};

const readUsedPlan = openObject<UsedPlan>(
  {
    user: openObject<UsedPlan['user']>({
      username: name,
      name: nullable(longText),
      uid: numberIn(0, MAX_ID),
      gid: numberIn(0, MAX_ID),
      groups: list(openObject({ name: longText, id: numberIn(0, MAX_ID) }), MAX_GROUPS),
    }),
    image: openObject({ reference: word(MAX_REFERENCE), name: longText, digest: nullable(name) }),
    size,
    resources: openObject({ limits: resourceAmount, requests: resourceAmount }),
    quota: nullable(resourceAmount),
    enableDebug: flag,
    resetUserEnv: flag,
    environment,
    namespace: name,
    hubTokenDigest: name,
    acceptedAt: name,
  },
  ['hubTokenDigest', 'acceptedAt'],
) as Reader<LabPlan>;

/** Reads a plan; refuses one whose record is too long for a memo. */
const readPlan: Reader<LabPlan> = (value) => {
  const plan = readUsedPlan(value);
  if (!plan) return undefined;
  const record = pendingRecord(plan, { id: '', kind: 'spawn' }, '');
  return JSON.stringify(record).length <= MAX_RECORD_LENGTH ? plan : undefined;
};

/** Reads an accepted spawn. Fields that are not used here are passed to activities unchanged. */
export const readSpawnRequest: Reader<SpawnRequest> = openObject<SpawnRequest>({
  operationId: name,
  plan: readPlan,
  timeouts: readTimeouts,
});

/** Reads the part of a record that the workflow itself uses. Newer versions may have more statuses and reasons. */
const readRecord = ofLength(
  openObject({
    user: openObject({ username: name }),
    options: openObject({ image: word(MAX_REFERENCE), size }),
    namespace: name,
    status: nullable(name),
    internalUrl: nullable(text(MAX_RECORD_LENGTH)),
    failure: nullable(openObject({ reason: name, message: text(MAX_RECORD_LENGTH) })),
    since: (value) => (Number.isFinite(Date.parse(name(value) ?? '')) ? name(value) : undefined),
  }),
  MAX_RECORD_LENGTH,
) as Reader<LabRecord>;

const readPastLabs = ofLength(list(openObject({}), MAX_PAST_LABS), MAX_RECORD_LENGTH);

const readSnapshot = openObject<LabSnapshot>(
  {
    version: (value) => (value === 1 ? value : undefined),
    record: readRecord,
    namespace: name,
    timeouts: readTimeouts,
    pod: nullable(readPodObservation),
    pastLabs: readPastLabs as Reader<readonly PastLab[]>,
    spawnId: nullable(name),
    namespaceUid: nullable(name),
  },
  ['pastLabs', 'spawnId', 'namespaceUid'],
);

const readAdoption = openObject<Adoption>({
  lab: openObject<RecoveredLab>(
    { record: readRecord, pod: readPodObservation, environment, namespaceUid: name },
    ['namespaceUid'],
  ),
  timeouts: readTimeouts,
});

const readInput = openObject<{
  readonly kind: LabWorkflowInput['kind'];
  readonly request?: SpawnRequest;
  readonly adoption?: Adoption;
  readonly snapshot?: LabSnapshot;
}>(
  {
    kind: oneOf(['spawn', 'adopt', 'resume']),
    request: readSpawnRequest,
    adoption: readAdoption,
    snapshot: readSnapshot,
  },
  ['request', 'adoption', 'snapshot'],
);

/** Reads the argument of a lab's workflow. */
export const readLabInput: Reader<LabWorkflowInput> = (value) => {
  const { kind, request, adoption, snapshot } = readInput(value) ?? {};
  if (kind === 'spawn' && request) return { kind, request };
  if (kind === 'adopt' && adoption) return { kind, adoption };
  return kind === 'resume' && snapshot ? { kind, snapshot } : undefined;
};
