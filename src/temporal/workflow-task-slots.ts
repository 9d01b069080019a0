import type { CustomSlotSupplier, SlotPermit, WorkflowSlotInfo } from '@temporalio/worker';

/** How many workflow tasks a worker carries out at once. */
export interface WorkflowTaskLimits {
  /** Of workflows that are in its cache. */
  readonly cached: number;
  /** Of workflows that are not: new ones, and those of other workers. */
  readonly uncached: number;
}

interface Permit extends SlotPermit {
  readonly slots: Slots;
}

/**
 * Slots of workflow tasks: those of workflows in the cache (sticky) apart from the others, so that tasks that begin a
 * workflow, which may include a local activity, neither hold up nor outnumber those that go on with one.
 */
export function workflowTaskSlots(limits: WorkflowTaskLimits): CustomSlotSupplier<WorkflowSlotInfo> {
  const cached = new Slots(limits.cached);
  const uncached = new Slots(limits.uncached);
  return {
    type: 'custom',
    reserveSlot: ({ isSticky }, signal) => (isSticky ? cached : uncached).reserve(signal),
    tryReserveSlot: ({ isSticky }) => (isSticky ? cached : uncached).tryReserve(),
    markSlotUsed: () => undefined,
    releaseSlot: ({ permit }) => (permit as Permit).slots.release(),
  };
}

/** A limited number of slots, for which reservations wait in order. */
class Slots {
  private readonly waiting = new Set<() => void>();

  constructor(private free: number) {}

  tryReserve(): Permit | null {
    if (this.free === 0) return null;
    this.free -= 1;
    return { slots: this };
  }

  /** @throws the signal's reason, an `AbortError`. */
  async reserve(signal: AbortSignal): Promise<Permit> {
    signal.throwIfAborted();
    const permit = this.tryReserve();
    if (permit) return permit;
    const { promise, reject, resolve } = Promise.withResolvers<void>();
    const abort = () => reject(signal.reason);
    this.waiting.add(resolve);
    signal.addEventListener('abort', abort, { once: true });
    try {
      await promise;
      return { slots: this };
    } finally {
      signal.removeEventListener('abort', abort);
      this.waiting.delete(resolve);
    }
  }

  release(): void {
    const [next] = this.waiting;
    if (!next) {
      this.free += 1;
      return;
    }
    this.waiting.delete(next);
    next();
  }
}
