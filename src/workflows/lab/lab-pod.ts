import { patched } from '@temporalio/workflow';
import { type EventObstacle, obstacleAfter } from '../../domain/obstacles';
import { isFinished, type PodEvent, type PodObservation } from '../../domain/pod';
import type { CurrentStep } from '../lifecycle/current-step';
import { PodTracker } from '../lifecycle/object-tracker';

/** Runs that decided about their pod before this patch did so by the pod phase, and by the first end of a container. */
const CONTAINERS_DECIDE = '2026-11-containers-decide';

/** Spawns that waited with an init container that refused a full home directory, as with any that failed. */
const HOME_FULL = '2026-11-29-home-full';

/** The pod of a lab, and since when its node is lost. */
export class LabPod extends PodTracker {
  private lostSinceMs: number | null = null;

  /** Since when the pod's node cannot be reached, in milliseconds of the epoch; null while it can. */
  get nodeLostSinceMs(): number | null {
    return this.lostSinceMs;
  }

  override expect(spawnId: string): void {
    super.expect(spawnId);
    this.lostSinceMs = null;
  }

  protected override onChange({ lostNode }: PodObservation): void {
    this.lostSinceMs = lostNode === undefined ? null : (this.lostSinceMs ?? Date.now());
  }
}

/**
 * The latest observation of the lab's pod, with states of containers and a full home directory only where the run
 * decides by them.
 */
export function judgedPod(lab: { readonly pod: LabPod }): PodObservation | null {
  return withHome(judged(lab.pod.latest));
}

function withHome(pod: PodObservation | null): PodObservation | null {
  if (!pod?.home?.isRefused || patched(HOME_FULL)) return pod;
  const { home: _home, ...others } = pod;
  return others;
}

/** The same for any observation. */
export function judged(pod: PodObservation | null): PodObservation | null {
  if (!pod || !hasContainerStates(pod) || patched(CONTAINERS_DECIDE)) return pod;
  const { lab: _lab, isRetried: _isRetried, isSidecar: _isSidecar, ...phase } = pod;
  return phase;
}

/** Whether the states of containers and the pod phase lead to different decisions. */
function hasContainerStates(pod: PodObservation): boolean {
  const isOver = pod.lab?.state === 'ended' && !isFinished(pod);
  return isOver || pod.lab?.state === 'down' || pod.isRetried === true || pod.isSidecar === true;
}

/** The last warning about a starting pod, kept until an event shows that its cause is over. */
export class StartWarning {
  private standing: EventObstacle | null = null;

  constructor(private readonly step: CurrentStep) {}

  /** The text of the warning; null without one. */
  get message(): string | null {
    return this.standing?.message ?? null;
  }

  /** Processes events of the pod, oldest first, and shows changes to operators. */
  observe(events: readonly PodEvent[]): void {
    const before = this.standing;
    this.standing = events.reduce(obstacleAfter, before);
    const isShown = before !== null && this.step.obstacle === before.message;
    if (this.standing !== before && (this.standing || isShown)) this.step.setObstacle(this.message);
  }

  clear(): void {
    this.standing = null;
  }
}
