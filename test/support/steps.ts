import { Context } from '@temporalio/activity';

/** A step that waits for its test. */
export interface Gate {
  /** Resolves once the step has begun, for the first time. */
  readonly entered: Promise<void>;
  /** Lets the step continue, now and from now on. */
  open(): void;
}

interface HeldStep {
  readonly entered: PromiseWithResolvers<void>;
  readonly opened: PromiseWithResolvers<void>;
}

/** The steps of a fake cluster that a test can count, hold up and make fail. */
export class Steps<Step extends string> {
  private readonly counts = new Map<Step, number>();
  private readonly held = new Map<Step, HeldStep>();
  private readonly failures = new Map<Step, Error>();

  /** Number of requests of a step. */
  count(step: Step): number {
    return this.counts.get(step) ?? 0;
  }

  /** Holds up a step until its gate is opened. */
  hold(step: Step): Gate {
    const gate = { entered: Promise.withResolvers<void>(), opened: Promise.withResolvers<void>() };
    this.held.set(step, gate);
    return { entered: gate.entered.promise, open: () => gate.opened.resolve() };
  }

  /** Whether a step that begins now is held up. */
  isHeld(step: Step): boolean {
    return this.held.has(step);
  }

  /** Makes a step fail, until `mend`. */
  break(step: Step, error: Error): void {
    this.failures.set(step, error);
  }

  mend(step: Step): void {
    this.failures.delete(step);
  }

  /** Passes a step, once the test lets it. */
  protected async pass(step: Step): Promise<void> {
    this.counts.set(step, this.count(step) + 1);
    const gate = this.held.get(step);
    gate?.entered.resolve();
    // A worker that stops must not wait for a gate that stays closed.
    if (gate) await Promise.race([gate.opened.promise, Context.current().cancelled]);
    const failure = this.failures.get(step);
    if (failure) throw failure;
  }
}
