import {
  FILE_SERVER_ROUTINGS,
  type FileServerAdoption,
  type FileServerObservation,
  type FileServerPlan,
  type FileServerRecord,
  type FileServerTimeouts,
  type FileServerUids,
  type IngressObservation,
  type JobObservation,
} from '../../domain/file-server';
import { readPodObservation } from '../../domain/pod-change';
import {
  flag,
  nullable,
  object,
  ofLength,
  oneOf,
  openObject,
  type Reader,
  shortenedText,
  text,
} from '../../domain/shapes';
import { durationMs, nameText, snapshotVersion } from '../lifecycle/readers';
import type {
  EnsureRequest,
  FileServerSnapshot,
  FileServerWorkflowInput,
  ForceShutdownRequest,
  ShutdownRequest,
} from './messages';

/** Longest reason of an operator. */
const MAX_TEXT = 4_096;

/** Longest plan as JSON: the configuration is part of it. */
const MAX_PLAN_LENGTH = 1024 * 1024;

const MAX_RECORD_LENGTH = 64 * 1024;

const routing = oneOf(FILE_SERVER_ROUTINGS);

const instant: Reader<string> = (value) =>
  Number.isFinite(Date.parse(nameText(value) ?? '')) ? nameText(value) : undefined;

/** Reads the request of an ordinary deletion. */
export const readShutdownRequest: Reader<ShutdownRequest> = object<ShutdownRequest>({
  operationId: nameText,
  requester: nullable(nameText),
});

/** Reads an operator's order, which is valid with any argument. */
export const readForceShutdown: Reader<ForceShutdownRequest> = (value) =>
  object<ForceShutdownRequest>({ reason: shortenedText(MAX_TEXT) }, ['reason'])(value) ?? {};

const readTimeouts = openObject<FileServerTimeouts>({
  createMs: durationMs,
  deleteMs: durationMs,
  kubernetesRequestMs: durationMs,
  kubernetesRetryMs: durationMs,
  createCheckMs: durationMs,
  runCheckMs: durationMs,
  finalCheckMs: durationMs,
});

/** Reads the part of a plan that the workflow itself uses; activities verify that the plan is the API's. */
const readPlan = ofLength(
  openObject({
    user: openObject({ username: nameText }),
    namespace: nameText,
    routing,
    acceptedAt: nameText,
  }),
  MAX_PLAN_LENGTH,
) as Reader<FileServerPlan>;

/** Reads an accepted request. Fields that are not used here are passed to activities unchanged. */
export const readEnsureRequest: Reader<EnsureRequest> = openObject<EnsureRequest>({
  operationId: nameText,
  plan: readPlan,
  timeouts: readTimeouts,
});

const identity = { uid: nameText, spawnId: nullable(nameText), isDeleting: flag };

const readObservation = object<FileServerObservation>({
  job: nullable(object<JobObservation>({ ...identity, end: nullable(oneOf(['succeeded', 'failed'])) })),
  pod: nullable(readPodObservation),
  ingress: nullable(
    object<IngressObservation>({ ...identity, address: nullable(text(MAX_TEXT)), isServed: flag }),
  ),
});

const readAdoption = object<FileServerAdoption>(
  {
    username: nameText,
    namespace: nameText,
    routing,
    observed: readObservation,
    startedAt: nullable(instant),
    operationId: nameText,
  },
  ['operationId'],
);

/** Reads the part of a record that the workflow itself uses. Newer versions may have more. */
const readRecord = ofLength(
  openObject({
    username: nameText,
    namespace: nameText,
    routing,
    phase: nameText,
    operationId: nullable(nameText),
    since: instant,
  }),
  MAX_RECORD_LENGTH,
) as Reader<FileServerRecord>;

const readSnapshot = openObject<FileServerSnapshot>({
  version: snapshotVersion,
  record: readRecord,
  timeouts: readTimeouts,
  uids: object<FileServerUids>({ ingress: nameText, service: nameText, job: nameText }, [
    'ingress',
    'service',
    'job',
  ]),
  pod: nullable(readPodObservation),
});

const readInput = openObject<{
  readonly kind: FileServerWorkflowInput['kind'];
  readonly username?: string;
  readonly adoption?: FileServerAdoption;
  readonly timeouts?: FileServerTimeouts;
  readonly snapshot?: FileServerSnapshot;
}>(
  {
    kind: oneOf(['new', 'adopt', 'resume']),
    username: nameText,
    adoption: readAdoption,
    timeouts: readTimeouts,
    snapshot: readSnapshot,
  },
  ['username', 'adoption', 'timeouts', 'snapshot'],
);

/** Reads the argument of a file server's workflow. */
export const readFileServerInput: Reader<FileServerWorkflowInput> = (value) => {
  const { kind, username, adoption, timeouts, snapshot } = readInput(value) ?? {};
  if (kind === 'new' && username !== undefined) return { kind, username };
  if (kind === 'adopt' && adoption && timeouts) return { kind, adoption, timeouts };
  return kind === 'resume' && snapshot ? { kind, snapshot } : undefined;
};
