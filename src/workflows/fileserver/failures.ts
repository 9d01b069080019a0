import { ActivityFailure, ApplicationFailure, log } from '@temporalio/workflow';
import type { FileServerFailure, FileServerObservation, FileServerTimeouts } from '../../domain/file-server';
import { FAILURE_REASONS, type FailureReason } from '../../domain/lab-end';
import { IN_THE_WAY, type ObjectInTheWay, SERVES_ALREADY } from '../../domain/obstacles';
import { causeOf } from '../lifecycle/failures';

/** A failure of the file server, thrown and caught within a phase. */
export function fileServerFailure({ reason, message, detail }: FileServerFailure): ApplicationFailure {
  return ApplicationFailure.create({ type: reason, message, nonRetryable: true, details: [detail] });
}

/** Converts an error that a phase caught to the failure that is published. */
export function toFileServerFailure(error: unknown): FileServerFailure {
  const cause = causeOf(error);
  if (cause instanceof ApplicationFailure && isFailureReason(cause.type)) {
    const detail: unknown = cause.details?.[0];
    return {
      reason: cause.type,
      message: cause.message,
      detail: typeof detail === 'string' ? detail : null,
    };
  }
  log.error('unexpected failure of a file server', { error });
  const message = 'An internal error occurred; the operators can see it';
  return { reason: 'InternalError', message, detail: null };
}

function isFailureReason(type: string | null | undefined): type is FailureReason {
  return FAILURE_REASONS.some((reason) => reason === type);
}

/** The object by which a creation was refused; null for any other failure. */
export function objectInTheWayOf(error: unknown): ObjectInTheWay | null {
  return (detailOf(error, IN_THE_WAY) as ObjectInTheWay | undefined) ?? null;
}

/** The file server that serves already, by which a creation was refused; null for any other failure. */
export function presentOf(error: unknown): FileServerObservation | null {
  return (detailOf(error, SERVES_ALREADY) as FileServerObservation | undefined) ?? null;
}

/** What an activity has sent with a failure of this type; undefined for any other failure. */
function detailOf(error: unknown, type: string): unknown {
  const cause = error instanceof ActivityFailure ? error.cause : null;
  return cause instanceof ApplicationFailure && cause.type === type ? cause.details?.[0] : undefined;
}

/** The failure of a creation whose time is up; `obstacle` is what it waited for. */
export function creationTimeout(
  { createMs }: FileServerTimeouts,
  obstacle: string | null,
): FileServerFailure {
  const message = `File server creation timed out after ${createMs / 1000}`;
  return { reason: 'SpawnTimeout', message, detail: obstacle };
}

/** The same for a removal. */
export function removalTimeout({ deleteMs }: FileServerTimeouts, obstacle: string | null): FileServerFailure {
  const message = `File server deletion timed out after ${deleteMs / 1000}`;
  return { reason: 'DeleteTimeout', message, detail: obstacle };
}
