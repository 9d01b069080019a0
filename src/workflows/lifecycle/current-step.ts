import { setCurrentDetails } from '@temporalio/workflow';

/** What a workflow is doing, since when, and what keeps it from succeeding: its current details, for operators. */
export class CurrentStep {
  private name = '';
  private since = '';
  private currentObstacle: string | null = null;

  /** The last thing that kept this step from succeeding. */
  get obstacle(): string | null {
    return this.currentObstacle;
  }

  /** What the step does, without its place in the order of steps. */
  get description(): string {
    return this.name.split(': ').at(-1) ?? '';
  }

  /** Begins a step; `note` is shown below it. */
  begin(name: string, note: string | null = null): void {
    this.name = name;
    this.since = new Date().toISOString();
    this.setObstacle(note);
  }

  /** Records what the step waits for; null when nothing is known to be in the way. */
  setObstacle(obstacle: string | null): void {
    this.currentObstacle = obstacle;
    const parts = [`**${this.name}**`, `since ${this.since}`, obstacle];
    setCurrentDetails(parts.filter((part) => part !== null).join('\n\n'));
  }
}
