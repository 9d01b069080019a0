import { refusal } from '../lifecycle/failures';
import { handleCancellation, handleSignal, handleUpdate } from '../lifecycle/handlers';
import type { Fsadmin } from './fsadmin';
import type { FsadminAnswer } from './messages';
import * as messages from './messages';
import type { Order } from './operations';
import { readForceFsadminShutdown, readFsadminRequest, readFsadminStart } from './readers';
import { GRACE_MS } from './removal';

/**
 * Registers all message handlers. They record what is asked for and wait; the workflow carries out one order after the
 * other, so that two of them never interleave.
 */
export function receiveMessages(fsadmin: Fsadmin): void {
  handleUpdate(messages.inspectPod, {
    read: readFsadminRequest,
    refuse: () => undefined,
    handle: (request) => answered(fsadmin, { kind: 'inspect', request }),
  });
  handleUpdate(messages.startPod, {
    read: readFsadminStart,
    refuse: () => undefined,
    handle: (request) => answered(fsadmin, { kind: 'start', request }),
  });
  handleUpdate(messages.removePod, {
    read: readFsadminRequest,
    refuse: () => undefined,
    handle: async (request) => void (await fsadmin.operations.add({ kind: 'remove', request }).result()),
  });
  handleSignal(messages.forceShutdown, readForceFsadminShutdown, ({ reason }) =>
    fsadmin.end({ graceMs: 0, cause: reason ?? 'forced by an operator' }),
  );
  handleCancellation(() => fsadmin.end({ graceMs: GRACE_MS, cause: 'cancelled by an operator' }));
}

/** Waits for the answer about a pod that runs. */
async function answered(fsadmin: Fsadmin, order: Order): Promise<FsadminAnswer> {
  const answer = await fsadmin.operations.add(order).result();
  if (!answer) throw refusal('internal_error', 'There is no answer');
  return answer;
}
