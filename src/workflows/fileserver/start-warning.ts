import { type EventObstacle, obstacleReducer } from '../../domain/obstacles';
import type { PodEvent } from '../../domain/pod';

const reducer = obstacleReducer('the file server');

/** The last warning about a starting pod, kept until an event shows that its cause is over. */
export class StartWarning {
  private standing: EventObstacle | null = null;

  /** The text of the warning; null without one. */
  get message(): string | null {
    return this.standing?.message ?? null;
  }

  /** Processes events of the pod, oldest first. */
  observe(events: readonly PodEvent[]): void {
    this.standing = events.reduce(reducer, this.standing);
  }

  clear(): void {
    this.standing = null;
  }
}
