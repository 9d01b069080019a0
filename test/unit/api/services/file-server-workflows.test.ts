import { type Client, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { createFileServerWorkflows } from '../../../../src/api/services/file-server-workflows';
import type { FileServers } from '../../../../src/workflow-clients/file-server';
import type { EnsureRequest } from '../../../../src/workflows/fileserver/messages';
import { aUser } from '../fakes';

const owner = { ...aUser(), uid: 1101, gid: 1101 };

/** The deadlines of calls, in milliseconds from now, in whole seconds. */
let limits: number[];

const client = {
  connection: {
    withDeadline(deadline: number, calls: () => Promise<unknown>) {
      limits.push(Math.round((deadline - Date.now()) / 1_000));
      return calls();
    },
  },
} as unknown as Client;

const refusing = (type: string, message: string) => async () => {
  throw new WorkflowUpdateFailedError('', ApplicationFailure.create({ type, message }));
};

function workflowsOf(changes: Partial<FileServers>) {
  const unexpected = async () => {
    throw new Error('not expected');
  };
  return createFileServerWorkflows({
    client,
    plan: () => ({ timeouts: { createMs: 120_000, deleteMs: 60_000 } }) as EnsureRequest,
    timeouts: () => ({ deleteMs: 60_000 }),
    servers: { ensure: unexpected, running: unexpected, find: unexpected, delete: unexpected, ...changes },
  });
}

beforeEach(() => {
  limits = [];
});

test.each([
  ['file_server_create_failed', 'file_server_create_failed'],
  ['a_code_of_tomorrow', 'workflow_unavailable'],
])('a creation that is refused with %s is an error %s', async (type, code) => {
  const workflows = workflowsOf({ ensure: refusing(type, 'why') });

  await expect(workflows.ensure(owner)).rejects.toMatchObject({ code, message: 'why' });
});

test.each([
  ['file_server_delete_failed', 'file_server_delete_failed'],
  ['a_code_of_tomorrow', 'workflow_unavailable'],
])('a deletion that is refused with %s is an error %s', async (type, code) => {
  const workflows = workflowsOf({ delete: refusing(type, 'why') });

  await expect(workflows.delete('rachel', null)).rejects.toMatchObject({ code, message: 'why' });
});

test('a defect of the workflow is no answer for users', async () => {
  const workflows = workflowsOf({ ensure: refusing('TypeError', 'x is undefined') });

  await expect(workflows.ensure(owner)).rejects.toThrow(WorkflowUpdateFailedError);
});

test('each call is waited for as long as what it waits for may take', async () => {
  const workflows = workflowsOf({
    ensure: async () => undefined,
    delete: async () => 'deleted',
    find: async () => undefined,
    running: async () => [],
  });
  await workflows.ensure(owner);
  await workflows.delete('rachel', null);
  await workflows.find('rachel');
  await workflows.running();

  expect(limits).toEqual([190, 130, 25, 25]);
});

describe('a call that the server gives up early', () => {
  const GIVEN_UP = Object.assign(new Error('4 DEADLINE_EXCEEDED'), {
    code: 4,
    details: 'context deadline exceeded',
    metadata: {},
  });

  test('a call that the server gives up early is made again, as the same request', async () => {
    const requests: unknown[] = [];
    const workflows = workflowsOf({
      async ensure(request) {
        requests.push(request);
        if (requests.length === 1) throw GIVEN_UP;
      },
    });
    await workflows.ensure(owner);

    expect(requests).toHaveLength(2);
    expect(requests[1]).toBe(requests[0]);
  });

  test('a call that the server gives up early may have been carried out', async () => {
    let calls = 0;
    const workflows = workflowsOf({
      async delete() {
        calls += 1;
        if (calls === 1) throw GIVEN_UP;
        return 'not-running';
      },
    });

    expect(await workflows.delete('rachel', null)).toBe('deleted');
  });
});
