import { type Client, ServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { defineUpdate } from '@temporalio/workflow';
import { updateWithStart, updateWorkflow } from '../../../src/temporal/calls';

const shutdown = defineUpdate<void, [string]>('shutdown');
const UPDATE = { updateId: 'an-operation', arg: 'argument' };
const OPTIONS = { workflowId: 'a-workflow', taskQueue: 'controller', args: [] as [] };

const grpcError = (code: number) =>
  new ServiceError('failed', {
    cause: Object.assign(new Error('gRPC'), { code, details: 'not ready', metadata: {} }),
  });

/** A client whose updates fail with these errors, one after the other, and then succeed. */
function aClient(...errors: Error[]) {
  const sent: unknown[] = [];
  const send = async (_update: unknown, options: { readonly updateId: string }) => {
    sent.push(options.updateId);
    const error = errors.shift();
    if (error) throw error;
    return 'answer';
  };
  const workflow = { getHandle: () => ({ executeUpdate: send }), executeUpdateWithStart: send };
  return { client: { workflow } as unknown as Pick<Client, 'workflow'>, sent };
}

test('an update that its workflow is not ready for is sent again, under the same ID', async () => {
  const { client, sent } = aClient(grpcError(9), grpcError(9));

  expect(await updateWorkflow(client, 'a-workflow', shutdown, UPDATE)).toBe('completed');
  expect(sent).toEqual(['an-operation', 'an-operation', 'an-operation']);
});

test('so is one that may start its workflow', async () => {
  const { client, sent } = aClient(grpcError(9));

  expect(await updateWithStart(client, 'fileserver', OPTIONS, shutdown, UPDATE)).toEqual({
    answer: 'answer',
  });
  expect(sent).toEqual(['an-operation', 'an-operation']);
});

test('other errors are those of the caller', async () => {
  const { client, sent } = aClient(grpcError(3));
  await expect(updateWorkflow(client, 'a-workflow', shutdown, UPDATE)).rejects.toThrow('failed');
  expect(sent).toHaveLength(1);

  const gone = aClient(new WorkflowNotFoundError('gone', 'a-workflow', undefined));
  expect(await updateWorkflow(gone.client, 'a-workflow', shutdown, UPDATE)).toBe('not found');
});
