import { setCurrentDetails } from '@temporalio/workflow';

/** The present step of a workflow, its start and its obstacle: the current details, for operators. */
export class CurrentStep {
  private name = '';
  private since = '';
  private currentObstacle: string | null = null;

  /** The latest obstacle of this step. */
  get obstacle(): string | null {
    return this.currentObstacle;
  }

  /** The name of the step, without its number. */
  get description(): string {
    return this.name.split(': ').at(-1) ?? '';
  }

  /** Begins a step; `note` is shown below it. */
  begin(name: string, note: string | null = null): void {
    this.name = name;
    this.since = new Date().toISOString();
    this.setObstacle(note);
  }

  /** Records the obstacle of the step; null for none. */
  setObstacle(obstacle: string | null): void {
    this.currentObstacle = obstacle;
    const parts = [`**${this.name}**`, `since ${this.since}`, obstacle];
    setCurrentDetails(parts.filter((part) => part !== null).join('\n\n'));
  }
}
