import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { createWorkflows, type WorkflowKind } from '../../../../src/api/services/workflows';

/** What a kind of workflow publishes here. */
interface Site {
  readonly url: string;
  readonly endMs?: number;
}

const SITE: WorkflowKind<Site> = {
  type: 'site',
  idOf: (username) => `site-${username}`,
  decode: (memo) => (memo?.['site'] as Site | undefined) ?? null,
  endTimeoutMsOf: ({ endMs }) => endMs ?? null,
};

const stop = { type: 'update', name: 'stop' } as never;
const request = { updateId: 'u1', arg: {} };

/** What the server answers, and the calls that it was asked for. */
let memo: unknown;
let update: () => Promise<void>;
let open: ReadonlySet<string>;
let calls: string[];
let abort: AbortSignal;

const client = {
  connection: {
    withDeadline: (_deadline: number, calls: () => Promise<unknown>) => calls(),
    withAbortSignal(signal: AbortSignal, calls: () => Promise<unknown>) {
      abort = signal;
      return calls();
    },
  },
  workflow: {
    async start(type: string, { workflowId }: { workflowId: string }) {
      calls.push(`start ${workflowId}`);
      if (open.has(workflowId)) throw new WorkflowExecutionAlreadyStartedError('', workflowId, type);
    },
    getHandle: (id: string) => ({
      async describe() {
        calls.push(`describe ${id}`);
        if (!open.has(id)) throw new WorkflowNotFoundError('', id, undefined);
        return { memo, runId: 'run' };
      },
      executeUpdate() {
        calls.push(`update ${id}`);
        return open.has(id) ? update() : Promise.reject(new WorkflowNotFoundError('', id, undefined));
      },
    }),
  },
} as unknown as Client;

const workflows = createWorkflows<object, Site>(client, SITE);

const failed = (type: string) => async () => {
  throw new WorkflowUpdateFailedError('', ApplicationFailure.create({ type, message: type }));
};

beforeEach(() => {
  memo = { site: { url: 'https://site' } };
  update = async () => undefined;
  open = new Set(['site-rachel']);
  calls = [];
});

test('a workflow is described with what it publishes, and a user without one has none', async () => {
  expect(await workflows.describe('rachel')).toMatchObject({ published: { url: 'https://site' } });
  expect(await workflows.describe('lise')).toBeNull();
  memo = {};
  expect(await workflows.describe('rachel')).toMatchObject({ published: null });
});

test('a workflow is started unless one is open', async () => {
  const options = (username: string) => ({
    workflowId: `site-${username}`,
    taskQueue: 'q',
    args: [{}] as [object],
  });

  expect(await workflows.start(options('lise'))).toBe(true);
  expect(await workflows.start(options('rachel'))).toBe(false);
});

test.each([
  ['completed', 'rachel', async () => undefined],
  ['not found', 'lise', async () => undefined],
  ['closed', 'rachel', failed('AcceptedUpdateCompletedWorkflow')],
])('an update is %s', async (outcome, username, answer) => {
  update = answer;

  expect(await workflows.update(username, stop, request, 1_000)).toBe(outcome);
  expect(await workflows.end(username, stop, request, () => 1_000)).toBe(outcome);
});

test('an update that is refused fails with the code of the refusal', async () => {
  update = failed('operation_in_progress');

  await expect(workflows.update('rachel', stop, request, 1_000)).rejects.toMatchObject({
    code: 'operation_in_progress',
  });
});

describe('the end of a workflow', () => {
  beforeEach(() => {
    jest.useFakeTimers();
    update = () =>
      new Promise((_resolve, reject) => {
        abort.addEventListener('abort', () => reject(new WorkflowUpdateRPCTimeoutOrCancelledError('late')));
      });
  });

  afterEach(() => jest.useRealTimers());

  /** When the wait for it is given up, by a configuration that says so many milliseconds. */
  async function givenUp(configuredMs: number): Promise<unknown> {
    const beganMs = performance.now();
    const failure = workflows
      .end('rachel', stop, request, () => configuredMs)
      .catch((error: unknown) => ({ error, afterMs: performance.now() - beganMs }));
    await jest.advanceTimersByTimeAsync(600_000);
    return failure;
  }

  const after = (afterMs: number) => ({ error: { code: 'workflow_timeout' }, afterMs });

  test.each([
    ['longer than configured now', { endMs: 90_000 }, 5_000, 100_000],
    ['shorter than configured now', { endMs: 5_000 }, 90_000, 15_000],
    ['as configured, where the workflow does not say', {}, 50_000, 60_000],
  ])(
    'the end of a workflow is waited for as long as that workflow says: %s',
    async (_, published, configuredMs, expected) => {
      memo = { site: { url: 'https://site', ...published } };

      expect(await givenUp(configuredMs)).toMatchObject(after(expected));
    },
  );

  test('the end of a workflow is waited for as configured where the memo cannot be read', async () => {
    memo = undefined;

    expect(await givenUp(50_000)).toMatchObject(after(60_000));
  });

  test('the end of a workflow that comes soon asks for nothing else', async () => {
    update = async () => undefined;
    await workflows.end('rachel', stop, request, () => 60_000);
    await jest.advanceTimersByTimeAsync(600_000);

    expect(calls).toEqual(['update site-rachel']);
    expect(abort.aborted).toBe(false);
  });
});
