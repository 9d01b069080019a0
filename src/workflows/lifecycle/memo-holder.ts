import { condition, type SignalDefinition } from '@temporalio/workflow';
import type { Reader } from '../../domain/shapes';
import { startedWithoutArgument } from './arguments';
import { handleSignal } from './handlers';
import { continueAsNew, isRenewalDue } from './renewal';

/**
 * Makes a workflow that never ends and holds the argument of the last signal in its memo, which others read without a
 * worker. `publish` writes the memo.
 */
export function memoHolder<T>(
  signal: SignalDefinition<[T]>,
  read: Reader<T>,
  publish: (message: T) => void,
): () => Promise<void> {
  return startedWithoutArgument(async () => {
    let isUpdated = false;
    handleSignal(signal, read, (message) => {
      publish(message);
      isUpdated = true;
    });
    await condition(() => isUpdated && isRenewalDue());
    await continueAsNew<() => Promise<void>>();
  });
}
