import { condition } from '@temporalio/workflow';

/** How long a workflow keeps the outcome of what has ended readable before it cleans up. */
export class Retention {
  private readonly untilMs: number;

  /** `endedAt` is RFC 3339. */
  constructor(endedAt: string, retentionMs: number) {
    this.untilMs = Date.parse(endedAt) + retentionMs;
  }

  get isOver(): boolean {
    return !(this.untilMs > Date.now());
  }

  /** Waits until there is something to do, or the retention is over; gives whether there is something to do. */
  wait(hasWork: () => boolean): Promise<boolean> {
    return condition(hasWork, this.untilMs - Date.now());
  }
}
