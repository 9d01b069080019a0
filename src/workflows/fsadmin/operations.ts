import { type ApplicationFailure, condition } from '@temporalio/workflow';
import type { FsadminRequest, FsadminStart } from '../../domain/fsadmin';
import type { FsadminAnswer } from './messages';

/** What a caller asks for. */
export type Order =
  | { readonly kind: 'inspect' | 'remove'; readonly request: FsadminRequest }
  | { readonly kind: 'start'; readonly request: FsadminStart };

/** An accepted order, with the caller that waits for its end. */
export class Operation {
  /** Milliseconds of the epoch. Waiting for the operations before this one counts. */
  readonly deadlineMs: number;
  private isOpen = true;
  private answer: FsadminAnswer | null = null;
  private failure: ApplicationFailure | null = null;

  constructor(readonly order: Order) {
    this.deadlineMs = Date.now() + order.request.timeouts.operationMs;
  }

  /** Ends the caller's wait; null is the answer of a removal. */
  complete(answer: FsadminAnswer | null): void {
    this.isOpen = false;
    this.answer = answer;
  }

  /** Fails the caller's wait. */
  fail(failure: ApplicationFailure): void {
    this.isOpen = false;
    this.failure = failure;
  }

  /** Waits for the end of the operation. @throws ApplicationFailure with a code of the API. */
  async result(): Promise<FsadminAnswer | null> {
    await condition(() => !this.isOpen);
    if (this.failure) throw this.failure;
    return this.answer;
  }
}

/** The operations that have been accepted and not begun, in the order of their acceptance. */
export class OperationQueue {
  private readonly waiting: Operation[] = [];

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  /** Accepts an order. */
  add(order: Order): Operation {
    const operation = new Operation(order);
    this.waiting.push(operation);
    return operation;
  }

  /** Hands out the next operation; null without one. */
  take(): Operation | null {
    return this.waiting.shift() ?? null;
  }

  /** Puts an interrupted operation before all others. */
  putBack(operation: Operation): void {
    this.waiting.unshift(operation);
  }
}
