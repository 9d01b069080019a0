import { condition, type SignalDefinition } from '@temporalio/workflow';
import type { Reader } from '../../domain/shapes';
import { startedWithoutArgument } from './arguments';
import { handleSignal } from './handlers';
import { continueAsNew, isRenewalDue } from './renewal';

/**
 * A workflow that lives for as long as Temporal keeps its data and does nothing but hold what it was told last: its memo
 * is what others read, without a worker. `publish` writes the memo.
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
