import { type HomeReport, homeReportIn } from '../../domain/home-space';
import { STANDARD_INIT_CONTAINERS } from '../../domain/names';
import type { PodFields } from './pod-containers';

/**
 * What the check of the home directory has found lacking, from the termination message of its container. A container
 * that has ended and is started again has it in its last state. The message is the container's, which runs as the
 * user: it is believed for a warning and a failure only.
 */
export function homeReport({ status }: PodFields): HomeReport | null {
  const check = status?.initContainerStatuses?.find(
    ({ name }) => name === STANDARD_INIT_CONTAINERS.homecheck,
  );
  const end = check?.state?.terminated ?? check?.lastState?.terminated;
  if (end?.message === undefined || end.exitCode === undefined) return null;
  return homeReportIn(end.message, { exitCode: end.exitCode, at: end.finishedAt?.toISOString() });
}
