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

/** IDs of operations, names of users and of namespaces. */
const MAX_NAME = 253;

/** References of images; what a search attribute holds. */
const MAX_REFERENCE = 1_024;

/** Names for people, and an operator's words. */
const MAX_TEXT = 4_096;

/** What a memo holds of one lab, well below what the server takes. */
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

/** What the watcher saw of a pod. What cannot be read of it is left out; of too much, the oldest. */
export const readPodNews: Reader<PodNews> = (value) => {
  const news = readChangesAndEvents(value);
  return news && { changes: news.changes, events: news.events ?? [] };
};

/** The request of an ordinary end. */
export const readShutdownRequest: Reader<ShutdownRequest> = object<ShutdownRequest>(
  { operationId: name, requester: nullable(name) },
  ['requester'],
);

/** An operator's order. It counts whatever its argument is. */
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

/** As much of a plan as the workflow itself uses; whether it is the API's is for activities to tell. */
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

/** A plan whose record a memo can hold. */
const readPlan: Reader<LabPlan> = (value) => {
  const plan = readUsedPlan(value);
  if (!plan) return undefined;
  const record = pendingRecord(plan, { id: '', kind: 'spawn' }, '');
  return JSON.stringify(record).length <= MAX_RECORD_LENGTH ? plan : undefined;
};

/** An accepted spawn. What is not used here is passed on to activities as it is. */
export const readSpawnRequest: Reader<SpawnRequest> = openObject<SpawnRequest>({
  operationId: name,
  plan: readPlan,
  timeouts: readTimeouts,
});

/** As much of a record as the workflow itself uses. Newer versions may know more statuses and reasons. */
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

/** What a lab's workflow starts from. */
export const readLabInput: Reader<LabWorkflowInput> = (value) => {
  const { kind, request, adoption, snapshot } = readInput(value) ?? {};
  if (kind === 'spawn' && request) return { kind, request };
  if (kind === 'adopt' && adoption) return { kind, adoption };
  return kind === 'resume' && snapshot ? { kind, snapshot } : undefined;
};
