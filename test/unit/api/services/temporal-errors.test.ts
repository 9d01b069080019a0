import {
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { toAnswer } from '../../../../src/api/errors';
import { fromTemporal } from '../../../../src/api/services/temporal-errors';

/** An error as the gRPC library makes it. */
function grpcError(code: number): Error {
  return Object.assign(new Error('gRPC'), { code, details: 'connection to 10.0.0.1 failed', metadata: {} });
}

function refusal(type: string): WorkflowUpdateFailedError {
  return new WorkflowUpdateFailedError('refused', ApplicationFailure.create({ type, message: 'because' }));
}

test.each([
  [
    'an unreachable server',
    new ServiceError('failed', { cause: grpcError(14) }),
    503,
    'workflow_unavailable',
  ],
  ['an overloaded server', new ServiceError('failed', { cause: grpcError(8) }), 503, 'workflow_unavailable'],
  [
    'a workflow without a worker',
    new ServiceError('failed', { cause: grpcError(9) }),
    503,
    'workflow_unavailable',
  ],
  ['a bare gRPC error', grpcError(14), 503, 'workflow_unavailable'],
  ['a deadline', new ServiceError('failed', { cause: grpcError(4) }), 504, 'workflow_timeout'],
  ['an update without answer', new WorkflowUpdateRPCTimeoutOrCancelledError('late'), 504, 'workflow_timeout'],
  ['a refusal as existing', refusal('lab_exists'), 409, 'lab_exists'],
  ['a refusal as busy', refusal('operation_in_progress'), 409, 'operation_in_progress'],
  ['a refusal with a code of a later version', refusal('lab_quarantined'), 503, 'workflow_unavailable'],
  ['a failure of an unknown type', refusal('constructor'), 500, 'internal_error'],
  ['a gRPC error that means a defect', grpcError(3), 500, 'internal_error'],
])('%s becomes an answer of its own', (_case, error, status, code) => {
  const answer = toAnswer(error);

  expect([answer.status, answer.code]).toEqual([status, code]);
  expect(JSON.stringify(answer.problems)).not.toContain('10.0.0.1');
});

test('a refusal keeps the words of the workflow', () => {
  expect(toAnswer(refusal('lab_exists')).problems).toEqual([{ msg: 'because', type: 'lab_exists' }]);
});

test('errors with a meaning of their own pass through', () => {
  const error = new WorkflowNotFoundError('gone', 'lab-rachel', undefined);

  expect(fromTemporal(error)).toBe(error);
});
