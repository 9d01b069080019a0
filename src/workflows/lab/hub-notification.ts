import {
  CancellationScope,
  condition,
  isCancellation,
  log,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { HubActivities, LabExit } from '../../activities/hub';
import { hubTaskQueue } from '../../workflow-clients/names';
import { quickAndAwaited } from '../lifecycle/retry-profiles';

/** Timeout of all attempts. A hub that was down for longer polls every server when it starts. */
const GIVE_UP_AFTER = '1h';

/** An attempt makes two requests. */
const REQUESTS = 2;

/**
 * Notifies the hub that the lab has ended, concurrently with the phases. At most one notification is under way, and
 * none once `withdraw` has returned, so that it cannot concern the next lab's server.
 */
export class HubNotification {
  private scope: CancellationScope | null = null;

  /** Whether a notification is under way. */
  get isOpen(): boolean {
    return this.scope !== null;
  }

  /** Starts the notification, in attempts with growing delays. */
  send(exit: LabExit, hubRequestMs: number): void {
    if (this.isOpen) return;
    void CancellationScope.nonCancellable(async () => {
      this.scope = new CancellationScope({ cancellable: true });
      try {
        await this.scope.run(() => hubActivities(hubRequestMs).tellHub(exit));
      } catch (error) {
        if (!isCancellation(error)) log.warn('gave up telling the hub that a lab has ended', { error });
      } finally {
        this.scope = null;
      }
    });
  }

  /** Cancels the notification, and waits for the attempt in flight to end. */
  async withdraw(): Promise<void> {
    if (!this.scope) return;
    this.scope.cancel();
    await condition(() => !this.isOpen);
  }
}

function hubActivities(hubRequestMs: number): HubActivities {
  return proxyActivities<HubActivities>({
    ...quickAndAwaited(hubRequestMs, REQUESTS),
    taskQueue: hubTaskQueue(workflowInfo().taskQueue),
    scheduleToCloseTimeout: GIVE_UP_AFTER,
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' },
    summary: 'Telling the hub that the lab has ended',
  });
}
