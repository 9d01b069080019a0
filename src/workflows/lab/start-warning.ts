import { type EventObstacle, obstacleAfter } from '../../domain/obstacles';
import type { PodEvent } from '../../domain/pod';
import type { CurrentStep } from '../lifecycle/current-step';

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
