import { randomBytes } from 'node:crypto';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { registerMissing } from '../../src/temporal/registration';

/** A Temporal namespace that nobody else uses, so that task queues and workflow IDs cannot meet others. */
export interface OwnNamespace {
  readonly name: string;
  readonly connection: Connection;
  readonly client: Client;
}

async function until(isDone: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await isDone())) {
    if (performance.now() > deadline) throw new Error('namespace not usable in time');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Registers a namespace with the product's search attributes and waits until it can be used. */
export async function ownNamespace(address: string): Promise<OwnNamespace> {
  const name = `api-${randomBytes(4).toString('hex')}`;
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace: name });
  await connection.workflowService.registerNamespace({
    namespace: name,
    workflowExecutionRetentionPeriod: msToTs('1 day'),
  });
  await until(() =>
    registerMissing(client).then(
      () => true,
      () => false,
    ),
  );
  await until(async () => {
    try {
      await client.workflow.getHandle('nobody').describe();
    } catch (error) {
      return error instanceof WorkflowNotFoundError;
    }
    return false;
  });
  return { name, connection, client };
}
