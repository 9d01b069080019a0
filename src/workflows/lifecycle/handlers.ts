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

/** Longest logged part of an error, in UTF-16 units: errors may quote the message. */
const MAX_LOGGED = 200;

/**
 * Registers the handler of a signal. No signal can fail the workflow, or its task: an unreadable argument is logged and
 * ignored, and so are errors of the handler.
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

/** The same for a signal without an argument; arguments that are sent nevertheless are ignored. */
export function handleBareSignal({ name }: SignalDefinition, handle: () => void): void {
  handleSignal(defineSignal<[true]>(name), () => true, handle);
}

/** Validation and handler of an update. */
export interface UpdateHandling<T, R = void> {
  readonly read: Reader<T>;
  /** Throws an ApplicationFailure where the state forbids the update, which then is not recorded in the history. */
  readonly refuse: (message: T) => void;
  /**
   * Carries out the update, and returns the answer to the caller. Not interrupted by a cancellation of the workflow.
   *
   * @throws ApplicationFailure with the error for the caller.
   */
  readonly handle: (message: T) => Promise<R>;
}

/**
 * Registers the handler of an update. One with an unreadable argument is refused by the validator with
 * `UnreadableArgument`; if an earlier version has accepted it, by the handler.
 */
export function handleUpdate<T, R = void>(
  { name }: UpdateDefinition<R, [T]>,
  { read, refuse, handle }: UpdateHandling<T, R>,
): void {
  const required = (raw: readonly unknown[]): T => requireArgument(`update ${name}`, raw, read);
  // No further promise between the handler's end and the SDK's answer: the order of commands depends on it.
  setHandler(
    defineUpdate<R, unknown[]>(name, { typeInfo: RAW_ARGUMENTS }),
    (...raw) => CancellationScope.nonCancellable(() => handle(required(raw))),
    { validator: (...raw) => refuse(required(raw)) },
  );
}

/** Registers the handler of a query without an argument. */
export function handleQuery<R>({ name }: QueryDefinition<R>, answer: () => R): void {
  setHandler(defineQuery<R, unknown[]>(name, { typeInfo: RAW_ARGUMENTS }), () => answer());
}

/** Calls `handle` when the workflow is cancelled, for example from the Web UI. */
export function handleCancellation(handle: () => void): void {
  CancellationScope.current().cancelRequested.catch(handle);
}
