import { type LabRecord, type PastLab, pendingRecord, type RecoveredLab } from '../../domain/lab';
import type { LabPlan } from '../../domain/lab-plan';
import { readPodObservation } from '../../domain/pod-change';
import {
  dictionary,
  flag,
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
} from '../../domain/shapes';
import { durationMs, imageReference, nameText, snapshotVersion } from '../lifecycle/readers';
import type {
  Adoption,
  ForceShutdownRequest,
  LabSnapshot,
  LabTimeouts,
  LabWorkflowInput,
  ShutdownRequest,
  SpawnRequest,
} from './messages';

/** Longest display name, and reason of an operator. */
const MAX_TEXT = 4_096;

/** Longest record of a lab as JSON, well below the server's limit for memos. */
const MAX_RECORD_LENGTH = 512 * 1024;

const MAX_TIMEOUTS_LENGTH = 8_192;
const MAX_GROUPS = 20_000;
const MAX_VARIABLES = 1_000;
const MAX_PAST_LABS = 20;
const MAX_ID = 2 ** 32;

/** Reads the request of an ordinary deletion. */
export const readShutdownRequest: Reader<ShutdownRequest> = object<ShutdownRequest>(
  { operationId: nameText, requester: nullable(nameText) },
  ['requester'],
);

/** Reads an operator's order, which is valid with any argument. */
export const readForceShutdown: Reader<ForceShutdownRequest> = (value) =>
  object<ForceShutdownRequest>({ reason: shortenedText(MAX_TEXT) }, ['reason'])(value) ?? {};

const readKnownTimeouts = openObject<LabTimeouts>(
  {
    spawnMs: durationMs,
    deleteMs: durationMs,
    kubernetesRequestMs: durationMs,
    kubernetesRetryMs: durationMs,
    spawnCheckMs: durationMs,
    runCheckMs: durationMs,
    deleteCheckMs: durationMs,
    finalCheckMs: durationMs,
    failedRetentionMs: durationMs,
    terminatedRetentionMs: durationMs,
    stopGraceMs: durationMs,
    imagePullPatienceMs: durationMs,
    unschedulablePatienceMs: durationMs,
    startRetryPatienceMs: durationMs,
    restartPatienceMs: durationMs,
    lostNodePatienceMs: nullable(durationMs),
    stuckNamespacePatienceMs: durationMs,
    hubRequestMs: nullable(durationMs),
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
      username: nameText,
      name: nullable(longText),
      uid: numberIn(0, MAX_ID),
      gid: numberIn(0, MAX_ID),
      groups: list(openObject({ name: longText, id: numberIn(0, MAX_ID) }), MAX_GROUPS),
    }),
    image: openObject({ reference: imageReference, name: longText, digest: nullable(nameText) }),
    size,
    resources: openObject({ limits: resourceAmount, requests: resourceAmount }),
    quota: nullable(resourceAmount),
    enableDebug: flag,
    resetUserEnv: flag,
    environment,
    namespace: nameText,
    hubTokenDigest: nameText,
    acceptedAt: nameText,
    startFull: flag,
    filesUrl: longText,
  },
  ['hubTokenDigest', 'acceptedAt', 'startFull', 'filesUrl'],
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
  operationId: nameText,
  plan: readPlan,
  timeouts: readTimeouts,
});

/** Reads the part of a record that the workflow itself uses. Newer versions may have more statuses and reasons. */
const readRecord = ofLength(
  openObject({
    user: openObject({ username: nameText }),
    options: openObject({ image: imageReference, size }),
    namespace: nameText,
    status: nullable(nameText),
    internalUrl: nullable(text(MAX_RECORD_LENGTH)),
    failure: nullable(openObject({ reason: nameText, message: text(MAX_RECORD_LENGTH) })),
    since: (value) => (Number.isFinite(Date.parse(nameText(value) ?? '')) ? nameText(value) : undefined),
  }),
  MAX_RECORD_LENGTH,
) as Reader<LabRecord>;

const readPastLabs = ofLength(list(openObject({}), MAX_PAST_LABS), MAX_RECORD_LENGTH);

const readSnapshot = openObject<LabSnapshot>(
  {
    version: snapshotVersion,
    record: readRecord,
    namespace: nameText,
    timeouts: readTimeouts,
    pod: nullable(readPodObservation),
    pastLabs: readPastLabs as Reader<readonly PastLab[]>,
    spawnId: nullable(nameText),
    namespaceUid: nullable(nameText),
  },
  ['pastLabs', 'spawnId', 'namespaceUid'],
);

const readAdoption = openObject<Adoption>({
  lab: openObject<RecoveredLab>(
    { record: readRecord, pod: readPodObservation, environment, namespaceUid: nameText },
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
