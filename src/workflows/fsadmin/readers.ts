import type { FsadminRecord, FsadminRequest, FsadminStart, FsadminTimeouts } from '../../domain/fsadmin';
import { FAILURE_REASONS } from '../../domain/lab-end';
import type { Sealed, SealedConfiguration } from '../../domain/lab-plan';
import { MAX_MESSAGE } from '../../domain/pod-change';
import {
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
import type { ForceFsadminShutdown, FsadminInput } from './messages';

/** Longest sealed configuration, in UTF-16 units; files are limited to less. */
const MAX_SEALED = 1_400_000;

const readTimeouts = object<FsadminTimeouts>({
  operationMs: durationMs,
  checkMs: durationMs,
  kubernetesRequestMs: durationMs,
});

/** Reads the request to read or to remove the pod. */
export const readFsadminRequest: Reader<FsadminRequest> = object<FsadminRequest>({
  requester: nullable(nameText),
  timeouts: readTimeouts,
});

/** What is sealed stays as it is: only the activity that opens it knows its form. */
const readSealed = openObject<Omit<Sealed, 'version'>>({
  keyId: nameText,
  iv: nameText,
  ciphertext: text(MAX_SEALED),
  tag: nameText,
}) as Reader<Sealed>;

/** Reads a request for the pod. All its fields are under its seal, so that those that are not known here are kept. */
export const readFsadminStart: Reader<FsadminStart> = ofLength(
  openObject<FsadminStart>({
    requester: nullable(nameText),
    timeouts: openObject<FsadminTimeouts>({
      operationMs: durationMs,
      checkMs: durationMs,
      kubernetesRequestMs: durationMs,
    }),
    operationId: nameText,
    configuration: openObject<SealedConfiguration>({ id: nameText, source: readSealed }),
    acceptedAt: nameText,
    seal: readSealed,
  }),
  MAX_SEALED,
);

/** Reads an operator's order, which is valid with any argument. */
export const readForceFsadminShutdown: Reader<ForceFsadminShutdown> = (value) =>
  object<ForceFsadminShutdown>({ reason: shortenedText(MAX_MESSAGE) }, ['reason'])(value) ?? {};

const instant: Reader<string> = (value) => {
  const found = nameText(value);
  return Number.isFinite(Date.parse(found ?? '')) ? found : undefined;
};

const readRecord = object<FsadminRecord>({
  status: oneOf(['absent', 'pending', 'running', 'terminating', 'failed']),
  since: instant,
  startTime: nullable(nameText),
  failure: nullable(object({ reason: oneOf(FAILURE_REASONS), message: shortenedText(MAX_MESSAGE) })),
  requester: nullable(nameText),
});

/** Reads the argument of the workflow. */
export const readFsadminInput: Reader<FsadminInput> = object<FsadminInput>(
  { version: snapshotVersion, timeouts: readTimeouts, record: readRecord },
  ['record'],
);
