import { CancellationScope, condition, sleep } from '@temporalio/workflow';
import type { LabStatus } from '../../domain/lab';
import type { LabPlace, LabTarget } from '../../domain/lab-address';
import type { WaitObstacle } from '../../domain/obstacles';
import type { CurrentStep } from '../lifecycle/current-step';
import { obstacleOf } from '../lifecycle/failures';
import { labFailure, toLabFailure } from './failures';
import type { LabTimeouts } from './messages';
import type { LabActivityProxies } from './proxies';

/** The part of a lab that the removal of its namespace uses. */
interface LabWithNamespace {
  readonly place: LabPlace;
  /** The IDs of the lab's objects. */
  readonly target: LabTarget;
  readonly activities: Pick<LabActivityProxies, 'deleteNamespace'>;
  readonly timeouts: LabTimeouts;
  readonly record: { readonly status: LabStatus | null };
  readonly step: CurrentStep;
  setObstacle(obstacle: string): void;
}

/** What keeps a namespace, and when that was first reported, in milliseconds of the epoch. */
type NamespaceObstacle = WaitObstacle & { readonly sinceMs: number };

/**
 * The removal of a lab's namespace, concurrent with the phases and independent of the operation that began it. There is
 * one at a time; a spawn waits for its end.
 */
export class NamespaceRemoval {
  private isBegun = false;
  private mayHaveRemains = false;
  private current: NamespaceObstacle | null = null;

  constructor(private readonly lab: LabWithNamespace) {}

  get isUnderway(): boolean {
    return this.isBegun;
  }

  /** Whether Kubernetes may hold objects of this lab. */
  get hasRemains(): boolean {
    return this.mayHaveRemains;
  }

  /** What keeps the namespace that is being removed; null when nothing was reported. */
  get obstacle(): NamespaceObstacle | null {
    return this.current;
  }

  /** Records that Kubernetes may hold objects of this lab from now on. */
  expectRemains(): void {
    this.mayHaveRemains = true;
  }

  /**
   * Starts the removal of the namespace, unless it is under way. `known` is the obstacle reported last; it may have the
   * UID of another namespace that has to be removed instead.
   */
  start(known: WaitObstacle | null = null): void {
    if (this.isBegun) return;
    this.isBegun = true;
    this.current = known && { ...known, sinceMs: Date.now() };
    const { place, target } = this.lab;
    // An obstacle without a UID is of an earlier version: it concerns the present namespace of the user.
    const found = { ...place, namespaceUid: known?.namespaceUid ?? null };
    void CancellationScope.nonCancellable(() => this.remove(known ? found : target));
  }

  /**
   * Waits until the namespace that is being removed is gone, and shows what keeps it.
   *
   * @throws ApplicationFailure `NamespaceStuck` when its deletion is stuck for longer than the patience of a spawn.
   */
  async untilGone(): Promise<void> {
    const beganMs = Date.now();
    while (this.isBegun) {
      const known = this.current;
      const isChanged = () => !this.isBegun || this.current !== known;
      if (known) this.lab.setObstacle(known.message);
      const { stuckNamespacePatienceMs } = this.lab.timeouts;
      if (!known?.isStuck || stuckNamespacePatienceMs === undefined) {
        await condition(isChanged);
        continue;
      }
      const untilMs = Math.max(known.sinceMs, beganMs) + stuckNamespacePatienceMs;
      const isInTime = untilMs > Date.now() && (await condition(isChanged, untilMs - Date.now()));
      if (!isInTime && !isChanged()) throw labFailure({ reason: 'NamespaceStuck', message: known.message });
    }
  }

  private async remove(target: LabTarget): Promise<void> {
    const { lab } = this;
    for (;;) {
      try {
        await lab.activities.deleteNamespace({ ...target, told: this.current?.message ?? null });
        this.mayHaveRemains = false;
        this.isBegun = false;
        this.current = null;
        return;
      } catch (error) {
        const obstacle = obstacleOf(error);
        if (obstacle) {
          this.setObstacle(obstacle);
          continue;
        }
        const failure = toLabFailure(error);
        this.setObstacle({ message: failure.message, isNamespace: true, isStuck: true });
        lab.step.begin('the namespace cannot be deleted; trying again later', failure.message);
        await sleep(lab.timeouts.failedRetentionMs, { summary: 'Before trying the namespace again' });
      }
    }
  }

  /** Records what keeps the namespace, and publishes it during a deletion; a spawn publishes it in its own wait. */
  private setObstacle(obstacle: WaitObstacle): void {
    this.current = { ...obstacle, sinceMs: this.current?.sinceMs ?? Date.now() };
    if (this.lab.record.status === null) this.lab.setObstacle(obstacle.message);
  }
}
