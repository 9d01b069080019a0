import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  log,
  workflowInfo,
} from '@temporalio/workflow';
import { errorMessage } from '../../domain/errors';
import { startedWith } from '../lifecycle/arguments';
import { causeOf, refusal } from '../lifecycle/failures';
import { isRenewalDue, renewWhenIdle } from '../lifecycle/renewal';
import { failureOf, type OperationFailure, operationFailure } from './failures';
import { type Ending, Fsadmin } from './fsadmin';
import { receiveMessages } from './handlers';
import type { FsadminAnswer, FsadminWorkflow } from './messages';
import type { Operation } from './operations';
import { readFsadminInput } from './readers';
import { GRACE_MS, removeAll } from './removal';
import { answerFor, publishFound, type StartProgress, startPod } from './start';

/**
 * The workflow of file system administration, of which there is one: it carries out requests one after the other, stays
 * open while there is a pod, and ends where there is none.
 */
export const fsadmin = startedWith('fsadmin', readFsadminInput, async (input) => {
  const state = new Fsadmin(input, workflowInfo().startTime);
  receiveMessages(state);
  let isRenewed = input.record !== undefined;
  await CancellationScope.nonCancellable(async () => {
    for (;;) {
      const isQuiet = !(await condition(() => state.hasWork, state.timeouts.checkMs));
      await (isQuiet ? check(state) : carryOutNext(state));
      if (state.status === 'absent') {
        await condition(() => allHandlersFinished() || state.hasWork);
        if (!state.hasWork) return;
      }
      if ((isQuiet && !isRenewed) || isRenewalDue()) {
        isRenewed = true;
        await renewWhenIdle<FsadminWorkflow>(
          () => state.hasWork,
          () => state.continuation(),
        );
      }
    }
  });
});

/** Reads what has become of the pod. A cluster that is away changes nothing. */
async function check(state: Fsadmin): Promise<void> {
  try {
    publishFound(state, await state.activities.checkFsadmin());
  } catch (error) {
    const cause = causeOf(error);
    log.warn('file system administration could not be checked', { reason: errorMessage(cause) });
  }
}

async function carryOutNext(state: Fsadmin): Promise<void> {
  const ending = state.ending.take();
  const operation = ending ? null : state.operations.take();
  if (ending) await endPod(state, ending);
  if (operation) await carryOut(state, operation);
}

/** Removes the pod by an operator's order. Another such order interrupts it, and is carried out next. */
async function endPod(state: Fsadmin, { cause, graceMs }: Ending): Promise<void> {
  log.info('file system administration is ended', { cause });
  try {
    await state.interruptible.run(state.timeouts.operationMs, () => removeAll(state, graceMs));
  } catch (error) {
    if (state.ending.isPlaced) return;
    publishFailure(state, isCancellation(error) ? removalTimedOut(state) : failureOf(error));
  }
}

/**
 * Carries out an operation within its deadline and answers its caller. One that an operator's order interrupts ends with
 * that, a removal after it.
 */
async function carryOut(state: Fsadmin, operation: Operation): Promise<void> {
  const { deadlineMs, order } = operation;
  state.begin(order.request);
  const leftMs = deadlineMs - Date.now();
  if (leftMs <= 0) {
    operation.fail(refusal('workflow_timeout', 'The operations before this one took too long'));
    return;
  }
  const progress: StartProgress = { isCreated: false };
  try {
    operation.complete(await state.interruptible.run(leftMs, () => perform(state, operation, progress)));
  } catch (error) {
    if (state.ending.isPlaced) {
      if (order.kind === 'remove') state.operations.putBack(operation);
      else operation.fail(refusal('not_found', 'An operator has removed the pod'));
    } else if (isAnswer(error)) {
      operation.fail(error);
    } else {
      const failure = isCancellation(error) ? timedOut(state, operation, progress) : failureOf(error);
      if (order.kind !== 'inspect') publishFailure(state, failure);
      operation.fail(failure.answer);
    }
  }
}

async function perform(
  state: Fsadmin,
  { order }: Operation,
  progress: StartProgress,
): Promise<FsadminAnswer | null> {
  switch (order.kind) {
    case 'inspect':
      state.step.begin('reading the pod');
      return answerFor(state, await state.activities.readFsadmin());
    case 'start':
      return startPod(state, order.request, progress);
    case 'remove':
      await removeAll(state, GRACE_MS, { requester: order.request.requester });
      return null;
  }
}

/** Whether an error is what the caller is to get; errors of activities are wrapped. */
function isAnswer(error: unknown): error is ApplicationFailure {
  return error instanceof ApplicationFailure;
}

function publishFailure(state: Fsadmin, { message, reason }: OperationFailure): void {
  state.publish('failed', { failure: { reason, message } });
}

function timedOut(state: Fsadmin, { order }: Operation, { isCreated }: StartProgress): OperationFailure {
  if (order.kind === 'remove') return removalTimedOut(state);
  const message = lateness(state);
  if (order.kind === 'inspect') return operationFailure('KubernetesUnavailable', message, 'kubernetes_error');
  return isCreated
    ? operationFailure('SpawnTimeout', message, 'invalid_phase', 'Pending')
    : operationFailure('SpawnTimeout', message, 'kubernetes_error');
}

function removalTimedOut(state: Fsadmin): OperationFailure {
  return operationFailure('DeleteTimeout', lateness(state), 'kubernetes_error');
}

/** What was going on when the time was up, and what kept it. */
function lateness({ step, timeouts }: Fsadmin): string {
  const cutOff = `File system administration timed out after ${timeouts.operationMs / 1000}s while ${step.description}`;
  return `${cutOff}: ${step.obstacle ?? 'Kubernetes did not answer'}`;
}
