import { randomBytes } from 'node:crypto';
import { Client, type Connection, WorkflowNotFoundError } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { registerMissing } from '../../src/cli/register-search-attributes';
import { eventually } from './eventually';
import { connectToTemporal } from './temporal-connection';

/** A Temporal namespace for one test file, so that task queues and workflow IDs cannot clash with others. */
export interface OwnNamespace {
  readonly name: string;
  readonly connection: Connection;
  readonly client: Client;
}

const isTrue = (seen: boolean): boolean => seen;

/** Registers a namespace with the product's search attributes and waits until it can be used. */
export async function ownNamespace(address: string): Promise<OwnNamespace> {
  const name = `api-${randomBytes(4).toString('hex')}`;
  const connection = await connectToTemporal(address);
  const client = new Client({ connection, namespace: name });
  await connection.workflowService.registerNamespace({
    namespace: name,
    workflowExecutionRetentionPeriod: msToTs('1 day'),
  });
  const isRegistered = () =>
    registerMissing(client).then(
      () => true,
      () => false,
    );
  const isUsable = () =>
    client.workflow
      .getHandle('nobody')
      .describe()
      .then(
        () => false,
        (error: unknown) => error instanceof WorkflowNotFoundError,
      );
  await eventually(isRegistered, isTrue);
  await eventually(isUsable, isTrue);
  return { name, connection, client };
}
