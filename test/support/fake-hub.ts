import { Context, sleep } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import type { LabExit } from '../../src/activities/hub';
import type { HubNotificationResult } from '../../src/jupyterhub/server-end';

/** A fake hub that is notified of one user's labs, and may fail or hang. */
export class FakeHub {
  /** Every attempt to notify it. */
  readonly attempts: LabExit[] = [];
  /** The attempts that succeeded. */
  readonly told: LabExit[] = [];
  /** Number of attempts under way. */
  hanging = 0;
  /** Its response to attempts. */
  behaviour: 'well' | 'broken' | 'hangs' = 'well';

  async tell(exit: LabExit): Promise<HubNotificationResult> {
    this.attempts.push(exit);
    if (this.behaviour === 'broken') throw new Error('status 500');
    if (this.behaviour === 'hangs') await this.hang();
    this.told.push(exit);
    return 'told';
  }

  /** Ends with the attempt's cancellation, as a request does. */
  private async hang(): Promise<never> {
    this.hanging += 1;
    try {
      for (;;) {
        Context.current().heartbeat();
        // Between heartbeats, whose responses deliver cancellations.
        await sleep(50);
      }
    } catch (error) {
      throw error instanceof CancelledFailure ? error : new CancelledFailure('cancelled');
    } finally {
      this.hanging -= 1;
    }
  }
}
