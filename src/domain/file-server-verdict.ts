import { details, exitDetails } from './failure-messages';
import type { FileServerFailure, FileServerObservation, FileServerRouting } from './file-server';
import { type Ending, type FailureReason, failedEnding } from './lab-end';
import { isFinished, type PodObservation } from './pod';
import { disruptionOf, INVALID_IMAGE } from './pod-verdict';

/** What a read of its objects means for a file server that is being created. */
export type CreationVerdict =
  | { readonly kind: 'usable' }
  | { readonly kind: 'waiting'; readonly obstacle: string | null }
  | { readonly kind: 'failed'; readonly failure: FileServerFailure };

/** How a running file server has ended; without a failure where it was idle. */
export interface RunEnd {
  readonly ending: Ending;
  readonly failure: FileServerFailure | null;
}

/** Decides by a read of its objects, which were all created, whether a file server is usable, can still be, or has failed. */
export function judgeCreation(observed: FileServerObservation, routing: FileServerRouting): CreationVerdict {
  const { job, pod } = observed;
  if (pod && (isFinished(pod) || hasCrashed(pod))) return failed(endOfPod(pod, ' while it was starting'));
  const disruption = pod && disruptionOf(pod);
  if (pod && disruption) return failed(lost(disruption.reason, pod));
  if (pod?.isDeleting)
    return failed(vanished('The pod of the file server was deleted while it was starting.'));
  if (!job || job.isDeleting) {
    return failed(vanished('The job of the file server was deleted while it was starting.'));
  }
  if (job.end !== null) return failed(vanished('The job of the file server ended while it was starting.'));
  if (pod && INVALID_IMAGE.includes(pod.reason ?? '')) {
    const message = `The image of the file server cannot be used${details(pod)} Tell the operators.`;
    return failed({ reason: 'InvalidImage', message, detail: pod.image });
  }
  const obstacle = obstacleOfPod(pod) ?? obstacleOfIngress(observed, routing);
  const isRunning = pod?.phase === 'Running';
  return isRunning && obstacle === null ? { kind: 'usable' } : { kind: 'waiting', obstacle };
}

/** Decides by a read of its objects whether a running file server has ended; null while it runs. */
export function judgeRun({ job, pod }: FileServerObservation): RunEnd | null {
  if (pod && isFinished(pod)) return pod.phase === 'Succeeded' ? IDLE : failedRun(endOfPod(pod, ''));
  if (job?.end === 'succeeded') return IDLE;
  const disruption = pod && disruptionOf(pod);
  // A node that cannot be reached may come back, and the file server with it.
  if (pod && disruption && (pod.isDeleting || pod.phase === 'Unknown')) {
    return failedRun(lost(disruption.reason, pod));
  }
  if (!job || job.isDeleting) return failedRun(vanished('The job of the file server was deleted.'));
  if (!pod || pod.isDeleting) return failedRun(vanished('The pod of the file server was deleted.'));
  return job.end === 'failed' ? failedRun(vanished('The job of the file server failed.')) : null;
}

/** The end of a file server that was found, and does not serve. */
export const NOT_SERVING: RunEnd = failedRun(vanished('The file server was found without serving anyone.'));

/** The end of a running file server that nothing leads to any more. */
export const UNREACHABLE: RunEnd = failedRun(
  vanished('What makes the file server reachable was deleted, or is not its own any more.'),
);

/** What keeps users from a running file server, and may pass; null where nothing does. */
export function obstacleOfRun(observed: FileServerObservation, routing: FileServerRouting): string | null {
  const lostNode = observed.pod?.lostNode;
  return lostNode === undefined
    ? obstacleOfIngress(observed, routing)
    : `Node ${lostNode} of the file server cannot be reached. It may still run there, or come back with the node.`;
}

/** Why requests do not arrive; null where they do. */
function obstacleOfIngress(
  { ingress }: Pick<FileServerObservation, 'ingress'>,
  routing: FileServerRouting,
): string | null {
  const object = routing === 'httpRoute' ? 'route' : 'Ingress';
  if (!ingress) return `There is no ${object} of the file server yet.`;
  if (ingress.isDeleting) return `The ${object} of the file server is being deleted.`;
  if (ingress.isServed) return null;
  return routing === 'httpRoute'
    ? 'No Gateway has accepted the route of the file server yet.'
    : 'The Ingress of the file server has no address yet.';
}

const IDLE: RunEnd = {
  ending: {
    outcome: 'exited',
    by: 'lab',
    name: null,
    reason: null,
    message: 'It was not used and ended by itself.',
  },
  failure: null,
};

function obstacleOfPod(pod: PodObservation | null): string | null {
  if (!pod) return 'The job of the file server has no pod yet.';
  const { message, phase, reason } = pod;
  if (phase === 'Running') return null;
  return reason === null ? 'The pod of the file server is starting.' : `${reason}${details({ message })}`;
}

function endOfPod(pod: PodObservation, when: string): FileServerFailure {
  const disruption = disruptionOf(pod);
  if (disruption) return lost(disruption.reason, pod);
  const reason = pod.reason === 'OOMKilled' ? 'OutOfMemory' : reasonOfPhase(pod);
  return { reason, message: `The file server ended${exitDetails(pod)}${when}${details(pod)}`, detail: null };
}

/** Whether the container has failed in a pod that is still reported as running: it is not started again. */
function hasCrashed({ exitCode, isSidecar, phase }: PodObservation): boolean {
  return phase === 'Running' && !isSidecar && (exitCode ?? 0) !== 0;
}

const reasonOfPhase = ({ phase }: PodObservation): FailureReason =>
  phase === 'Succeeded' ? 'PodFinished' : 'PodFailed';

function lost(reason: FailureReason, pod: PodObservation): FileServerFailure {
  const what =
    reason === 'PodEvicted'
      ? 'The file server was evicted from its node'
      : 'The node of the file server is gone or cannot be reached';
  return { reason, message: `${what}${details(pod)} Start it again.`, detail: null };
}

function vanished(message: string): FileServerFailure {
  return { reason: 'PodVanished', message, detail: null };
}

function failed(failure: FileServerFailure): CreationVerdict {
  return { kind: 'failed', failure };
}

function failedRun(failure: FileServerFailure): RunEnd {
  return { ending: failedEnding(failure), failure };
}
