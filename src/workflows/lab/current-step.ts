import { setCurrentDetails } from '@temporalio/workflow';

/** What an operator reads on the workflow's page: the step, since when, and what stands in its way. */
export class CurrentStep {
  /** The last thing that kept this step from succeeding. */
  obstacle: string | null = null;
  private name = '';
  private since = '';

  /** What the step does, without its place in the order of steps. */
  get doing(): string {
    return this.name.split(': ').at(-1) ?? '';
  }

  /** Begins a step; `note` is shown below it. */
  begin(name: string, note: string | null = null): void {
    this.name = name;
    this.since = new Date().toISOString();
    this.meet(note);
  }

  /** Records an obstacle to the step. */
  meet(obstacle: string | null): void {
    this.obstacle = obstacle;
    const parts = [`**${this.name}**`, `since ${this.since}`, obstacle];
    setCurrentDetails(parts.filter((part) => part !== null).join('\n\n'));
  }
}
