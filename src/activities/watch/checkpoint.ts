/** Keeps the checkpoint before a change; each call is for one signal and returns the function that releases it. */
export type Hold = () => () => void;

/** A change of a collection, or several in a row without holds. */
interface Step {
  /** Of the last one. */
  version: string;
  /** Number of its signals that are neither delivered nor given up. */
  holds: number;
}

/**
 * The low-water mark of one collection: the latest resource version up to which all changes have been handled. A watch
 * that is resumed from there repeats undelivered changes, and misses none.
 *
 * Changes are handled in the order in which they come, not in that of their versions, since the items of a list have
 * versions of their own.
 */
export class Watermark {
  /** Changes from the first one that is held; all before them are handled. */
  private readonly steps: Step[] = [];

  /** `resumed` is the version at which the previous attempt stopped. */
  constructor(private handled: string | undefined) {}

  /** The version from which the next attempt resumes; undefined before anything was handled: then it lists first. */
  get version(): string | undefined {
    return this.handled;
  }

  /** Handles the change that leads to a version; signals that `handle` sends later hold the mark before it. */
  advance(version: string, handle: (hold: Hold) => void): void {
    const step = { version, holds: 0 };
    const hold = (): (() => void) => {
      step.holds += 1;
      let isHeld = true;
      return () => {
        if (isHeld) this.release(step);
        isHeld = false;
      };
    };
    this.steps.push(step);
    const release = hold();
    try {
      handle(hold);
    } finally {
      release();
      this.mergeLast();
    }
  }

  private release(step: Step): void {
    step.holds -= 1;
    while (this.steps[0]?.holds === 0) this.handled = this.steps.shift()?.version;
  }

  /** Most changes cause no signal: those that wait behind a held one are merged to one step. */
  private mergeLast(): void {
    const [previous, last] = this.steps.slice(-2);
    if (previous?.holds === 0 && last?.holds === 0) this.steps.splice(-2, 1);
  }
}

/** The details of the activity's heartbeats. */
export interface Checkpoint {
  /** Resource versions of the collections, by name: `pods`, `events`. */
  readonly versions: Readonly<Record<string, string>>;
  /** RFC 3339: when all collections were last followed; null before that, and for versions that do not record it. */
  readonly takenAt: string | null;
}

const TAKEN_AT = 'takenAt';

/**
 * Reads the details of a heartbeat of any version of the controller. Values that are no resource version are left out.
 */
export function readCheckpoint(details: unknown): Checkpoint {
  const fields = typeof details === 'object' && details !== null ? Object.entries(details) : [];
  const texts = fields.filter((field): field is [string, string] => typeof field[1] === 'string');
  const { [TAKEN_AT]: takenAt = null, ...versions } = Object.fromEntries(texts);
  return { versions, takenAt };
}

/** The reverse of `readCheckpoint`. */
export function checkpointDetails({ versions, takenAt }: Checkpoint): Readonly<Record<string, string>> {
  return takenAt === null ? versions : { ...versions, [TAKEN_AT]: takenAt };
}

/**
 * Whether a version is known not to be newer than another of the same collection. Resource versions are opaque to
 * clients of older clusters; where one is no number, the result is false.
 */
export function isUpTo(version: string, limit: string): boolean {
  return isNumber(version) && isNumber(limit) && BigInt(version) <= BigInt(limit);
}

/** Whether a resource version can be compared with others. */
export function isNumber(version: string): boolean {
  return /^\d+$/.test(version);
}
