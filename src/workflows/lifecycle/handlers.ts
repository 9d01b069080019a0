import type { UpdateDefinition } from '@temporalio/common';
import {
  CancellationScope,
  defineQuery,
  defineSignal,
  defineUpdate,
  log,
  type QueryDefinition,
  type SignalDefinition,
  setHandler,
} from '@temporalio/workflow';
import { errorMessage } from '../../domain/errors';
import type { Reader } from '../../domain/shapes';
import { decodeArgument, RAW_ARGUMENTS, requireArgument } from './arguments';

/** As much of what somebody has sent as a log may hold. */
const MAX_LOGGED = 200;

/**
 * Registers the handler of a signal. Nothing that is sent can fail the workflow, or its task: what cannot be read is
 * logged and ignored, and so is what the handler throws.
 */
export function handleSignal<T>(
  { name }: SignalDefinition<[T]> | SignalDefinition<[T?]>,
  read: Reader<T>,
  handle: (message: T) => void,
): void {
  setHandler(defineSignal<unknown[]>(name, { typeInfo: RAW_ARGUMENTS }), (...raw) => {
    const message = read(decodeArgument(raw));
    if (message === undefined) {
      log.warn('signal ignored that cannot be read', { signal: name });
      return;
    }
    try {
      handle(message);
    } catch (error) {
      log.error('signal could not be handled', {
        signal: name,
        reason: errorMessage(error).slice(0, MAX_LOGGED),
      });
    }
  });
}

/** The same for a signal without an argument; one that is sent with arguments counts as well. */
export function handleBareSignal({ name }: SignalDefinition, handle: () => void): void {
  handleSignal(defineSignal<[true]>(name), () => true, handle);
}

/** How an update is answered. */
export interface UpdateHandling<T> {
  readonly read: Reader<T>;
  /** Throws an ApplicationFailure where the state forbids the update, which then leaves no trace in the history. */
  readonly refuse: (message: T) => void;
  /**
   * Does what is asked for. Goes on when the workflow is cancelled.
   *
   * @throws ApplicationFailure for what the caller is to be told.
   */
  readonly handle: (message: T) => Promise<void>;
}

/**
 * Registers the handler of an update. One that cannot be read is refused before it is accepted, with an
 * `UnreadableArgument`; one that an earlier version has accepted all the same, with its result.
 */
export function handleUpdate<T>(
  { name }: UpdateDefinition<void, [T]>,
  { read, refuse, handle }: UpdateHandling<T>,
): void {
  const required = (raw: readonly unknown[]): T => requireArgument(`update ${name}`, raw, read);
  // No further promise may come between the handler's end and the SDK's answer: the order of commands depends on it.
  setHandler(
    defineUpdate<void, unknown[]>(name, { typeInfo: RAW_ARGUMENTS }),
    (...raw) => CancellationScope.nonCancellable(() => handle(required(raw))),
    { validator: (...raw) => refuse(required(raw)) },
  );
}

/** Registers the handler of a query without an argument. */
export function handleQuery<R>({ name }: QueryDefinition<R>, answer: () => R): void {
  setHandler(defineQuery<R, unknown[]>(name, { typeInfo: RAW_ARGUMENTS }), () => answer());
}

/** Has something done when the workflow is cancelled, for example from the Web UI. */
export function handleCancellation(handle: () => void): void {
  CancellationScope.current().cancelRequested.catch(handle);
}
