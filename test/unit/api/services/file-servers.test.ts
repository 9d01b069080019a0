import { createFileServers, type FileServerWorkflows } from '../../../../src/api/services/file-servers';
import { DomainError } from '../../../../src/domain/errors';
import { aUser } from '../fakes';

/** File servers over workflows of which some calls differ; `calls` is what they were asked. */
function over(changes: Partial<FileServerWorkflows>) {
  const calls: string[] = [];
  const workflows: FileServerWorkflows = {
    ensure: async ({ username }) => void calls.push(`ensure ${username}`),
    running: async () => [],
    find: async () => undefined,
    delete: async () => 'deleted',
    ...changes,
  };
  const rules = () => ({ minimumId: 1, creationTimeoutMs: 120_000, deleteTimeoutMs: 60_000 });
  return { servers: createFileServers({ workflows, rules }), calls };
}

const rejecting = (code: ConstructorParameters<typeof DomainError>[0], message: string) => async () => {
  throw new DomainError(code, message);
};

const inPhase = (phase: string) => async () => ({ phase });

test('a running file server is opened without its workflow', async () => {
  const { calls, servers } = over({ find: inPhase('running') });
  await servers.open(aUser());

  expect(calls).toEqual([]);
});

test.each(['starting', 'stopping', 'stopped', 'failed', 'a later phase'])(
  'one in phase "%s" is opened by its workflow',
  async (phase) => {
    const { calls, servers } = over({ find: inPhase(phase) });
    await servers.open(aUser());

    expect(calls).toEqual(['ensure rachel']);
  },
);

test.each([
  ['file_server_create_failed', 'The pod has failed', 'The pod has failed'],
  [
    'workflow_timeout',
    'The workflow service did not answer in time',
    'File server creation timed out after 120',
  ],
] as const)('a creation that fails with %s tells the cause', async (code, message, cause) => {
  const { servers } = over({ ensure: rejecting(code, message) });

  await expect(servers.open(aUser())).rejects.toMatchObject({
    code: 'file_server_create_failed',
    message: `Failed to create file server: ${cause}`,
  });
});

test.each([
  ['file_server_delete_failed', 'The job stays', 'The job stays'],
  [
    'workflow_timeout',
    'The workflow service did not answer in time',
    'File server deletion timed out after 60',
  ],
] as const)('a deletion that fails with %s tells the cause', async (code, message, cause) => {
  const { servers } = over({ delete: rejecting(code, message) });

  await expect(servers.remove('rachel', null)).rejects.toMatchObject({
    code: 'file_server_delete_failed',
    message: `Failed to delete file server: ${cause}`,
  });
});

test('an outage of Temporal, and refusals that only later versions know, stay what they are', async () => {
  const away = rejecting('workflow_unavailable', 'The workflow service is unavailable');
  const { servers } = over({ ensure: away, delete: away });

  await expect(servers.open(aUser())).rejects.toMatchObject({ code: 'workflow_unavailable' });
  await expect(servers.remove('rachel', null)).rejects.toMatchObject({ code: 'workflow_unavailable' });
});

test.each([
  ['unknown', 'Unknown user rachel'],
  ['not-running', 'File server for rachel not running'],
] as const)('a deletion of one that is %s is refused', async (outcome, message) => {
  const { servers } = over({ delete: async () => outcome });

  await expect(servers.remove('rachel', null)).rejects.toMatchObject({ code: 'unknown_user', message });
});

describe('a verification', () => {
  test('a verification asks the workflow of one that is said to run', async () => {
    const { calls, servers } = over({ find: inPhase('running') });
    await servers.verify(aUser());

    expect(calls).toEqual(['ensure rachel']);
  });

  test.each([
    ['is not said to run', aUser(), 'stopped'],
    ['is of a user without IDs', aUser({ uid: null }), 'running'],
  ])('a verification of one that %s asks nothing', async (_what, user, phase) => {
    const { calls, servers } = over({ find: inPhase(phase) });
    await servers.verify(user);

    expect(calls).toEqual([]);
  });
});
