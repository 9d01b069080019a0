import type { FileServerFailure } from '../../domain/file-server';
import { Outcome } from '../lifecycle/outcome';
import type { EnsureRequest } from './messages';

/** An accepted creation, shared by all callers that wait for it. */
export class Creation extends Outcome<FileServerFailure> {
  private readonly acceptedMs = Date.now();

  constructor(readonly request: EnsureRequest) {
    super();
  }

  /** Time until its deadline, in milliseconds; at least one. */
  get remainingMs(): number {
    return Math.max(1, this.acceptedMs + this.request.timeouts.createMs - Date.now());
  }
}

/** A removal, shared by all callers that wait for it. */
export type Shutdown = Outcome<FileServerFailure>;

/** What callers wait for: at most two creations, of which one has not begun, and one removal. */
export class Requests {
  private waiting: Creation | null = null;
  private current: Creation | null = null;
  /** Has failed, while what it has created is being removed. */
  private failed: { readonly creation: Creation; readonly failure: FileServerFailure } | null = null;
  private shutdown: Shutdown | null = null;

  /** The creation that a new caller joins. */
  get creationToJoin(): Creation | null {
    return this.waiting ?? this.current;
  }

  /** Whether a creation has been accepted and not begun. */
  get isCreationWaiting(): boolean {
    return this.waiting !== null;
  }

  /** Whether callers wait for the removal. */
  get isShutdownAwaited(): boolean {
    return this.shutdown?.isOpen === true;
  }

  /** Accepts a creation. */
  place(request: EnsureRequest): Creation {
    this.waiting = new Creation(request);
    return this.waiting;
  }

  isWaiting(creation: Creation): boolean {
    return this.waiting === creation;
  }

  /** Begins the creation that waits; null without one. */
  begin(): Creation | null {
    const creation = this.waiting;
    if (creation) this.current = creation;
    this.waiting = null;
    return creation;
  }

  /** Answers the callers of the creation that waits: the present file server turns out to run. */
  completeWaiting(): void {
    this.waiting?.complete();
    this.waiting = null;
  }

  /** Answers the callers of a creation that could not begin in time. */
  giveUp(creation: Creation, failure: FileServerFailure): void {
    creation.fail(failure);
    if (this.waiting === creation) this.waiting = null;
  }

  /** Answers the callers of all creations, which are given up. */
  giveUpAll(failure: FileServerFailure): void {
    for (const creation of [this.waiting, this.current]) creation?.fail(failure);
    this.waiting = null;
    this.current = null;
  }

  /** Answers the callers of the creation under way. */
  complete(): void {
    this.current?.complete();
    this.current = null;
  }

  /** Records that the creation under way has failed; `settle` answers its callers. */
  noteFailure(creation: Creation, failure: FileServerFailure): void {
    this.current = null;
    this.failed = { creation, failure };
  }

  /** Answers the callers of the creation that has failed. */
  settle(): void {
    this.failed?.creation.fail(this.failed.failure);
    this.failed = null;
  }

  /** The removal for one more caller. */
  joinShutdown(): Shutdown {
    const shutdown = this.shutdown?.isOpen ? this.shutdown : new Outcome<FileServerFailure>();
    this.shutdown = shutdown;
    return shutdown;
  }

  /** Answers all callers that wait for the removal, or for the failure that it follows. */
  endShutdown(failure: FileServerFailure | null): void {
    if (failure) this.shutdown?.fail(failure);
    else this.shutdown?.complete();
    this.settle();
  }
}
