import { condition } from '@temporalio/workflow';

/** The retention of a result: how long a workflow keeps it readable before it cleans up. */
export class Retention {
  private readonly untilMs: number;

  /** `endedAt` is RFC 3339. */
  constructor(endedAt: string, retentionMs: number) {
    this.untilMs = Date.parse(endedAt) + retentionMs;
  }

  get isOver(): boolean {
    return !(this.untilMs > Date.now());
  }

  /** Waits until `hasWork` or the end of the retention; returns whether there is work. */
  wait(hasWork: () => boolean): Promise<boolean> {
    return condition(hasWork, this.untilMs - Date.now());
  }
}
