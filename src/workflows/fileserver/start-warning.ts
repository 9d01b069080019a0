import { type EventObstacle, obstacleAfter } from '../../domain/obstacles';
import type { PodEvent } from '../../domain/pod';

/** The last warning about a starting pod, kept until an event shows that its cause is over. */
export class StartWarning {
  private standing: EventObstacle | null = null;

  /** The text of the warning; null without one. */
  get message(): string | null {
    return this.standing?.message ?? null;
  }

  /** Processes events of the pod, oldest first. */
  observe(events: readonly PodEvent[]): void {
    this.standing = events.reduce<EventObstacle | null>(
      (known, event) => obstacleAfter(known, event, 'the file server'),
      this.standing,
    );
  }

  clear(): void {
    this.standing = null;
  }
}
