import { Client, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { createLabs } from '../../src/api/services/labs';
import { labWorkflowId } from '../../src/domain/lab-key';
import { TASK_QUEUES } from '../../src/workflow-clients/names';
import { publishReconciliation } from '../../src/workflow-clients/reconciliation-record';
import { eventually } from '../support/eventually';
import { FakeCluster } from '../support/fake-cluster';
import { FakeHub } from '../support/fake-hub';
import { LabUnderTest } from '../support/lab-under-test';
import type { OwnNamespace } from '../support/own-namespace';
import { type OwnWorkflows, startOwnWorkflows } from '../support/own-workflows';
import { connectionToNothing } from '../support/temporal-connection';
import { labActivitiesOn } from '../support/workflow-harness';
import { aBody, aUser, aWorld, headersOf, LAB_SETTINGS, type World } from '../unit/api/fakes';

const LABS = '/nublado/spawner/v1/labs';

let workflows: OwnWorkflows;
let namespace: OwnNamespace;
let world: World;
const labs = new Map<string, LabUnderTest>();

/** The labs’ own workflow, with a cluster for each user; its worker runs when a test needs it. */
beforeAll(async () => {
  workflows = await startOwnWorkflows({ controller: labActivitiesOn((username) => labOf(username).cluster) });
  await workflows.worker.stop();
  namespace = workflows.temporal;
  await publishReconciliation(namespace.client, { unsettled: ['unsettled'] });
  world = await aWorld({ labs: createLabs(namespace.client, () => LAB_SETTINGS.lab.deleteTimeoutMs) });
});

afterAll(async () => {
  await world.app.close();
  await workflows.close();
});

/** A user's lab as its cluster and operators see it. */
function labOf(username: string): LabUnderTest {
  const known = labs.get(username);
  if (known) return known;
  const { client } = namespace;
  const taskQueue = TASK_QUEUES.controller;
  const lab = new LabUnderTest({
    client,
    taskQueue,
    username,
    cluster: new FakeCluster(),
    hub: new FakeHub(),
  });
  labs.set(username, lab);
  return lab;
}

let users = 0;

/** A user of their own for every test. */
function aFreshUser(): string {
  users += 1;
  const username = `user-${users}`;
  world.users.set(username, aUser({ username }));
  return username;
}

function create(username: string) {
  const headers = headersOf(username);
  return world.app.inject({ method: 'POST', url: `${LABS}/${username}/create`, headers, payload: aBody() });
}

const read = (username: string) => world.app.inject(`${LABS}/${username}`);

const remove = (username: string) => world.app.inject({ method: 'DELETE', url: `${LABS}/${username}` });

async function list(query: string): Promise<string[]> {
  return (await world.app.inject(LABS + query)).json();
}

function handleOf(username: string) {
  return namespace.client.workflow.getHandle(labWorkflowId(username));
}

/** Spawns a lab and brings it to a status; null is the lab whose pod is gone while its namespace stays. */
async function aLab(status: 'running' | 'terminated' | 'failed' | null): Promise<string> {
  const username = aFreshUser();
  const lab = labOf(username);
  await create(username);
  await lab.podExists();
  if (status === 'failed') await lab.podBecomes((pod) => pod.failed());
  else await lab.podRuns();
  if (status === 'terminated') await lab.podBecomes((pod) => pod.succeeded());
  if (status === null) {
    lab.cluster.hold('deleteNamespace');
    await remove(username);
  }
  await lab.until(status);
  return username;
}

describe('without any worker', () => {
  test('without any worker, an accepted spawn can be read at once, and its secrets are nowhere in the clear', async () => {
    const username = aFreshUser();
    const accepted = await create(username);
    const lab = await read(username);
    const history = JSON.stringify(await handleOf(username).fetchHistory());
    const payloads = [...history.matchAll(/"data":"([^"]+)"/g)].map(([, data = '']) =>
      Buffer.from(data, 'base64').toString(),
    );

    expect([accepted.statusCode, accepted.headers['location']]).toEqual([
      201,
      `http://localhost:80${LABS}/${username}`,
    ]);
    expect([lab.statusCode, lab.json()]).toEqual([
      200,
      expect.objectContaining({ status: 'pending', internal_url: null }),
    ]);
    expect(payloads.join()).toContain('JUPYTERHUB_SERVICE_PREFIX');
    expect(history + payloads.join()).not.toMatch(/hub-secret|token-of/);
  });

  test('without any worker, an accepted spawn can be searched for by operators', async () => {
    const username = aFreshUser();
    await create(username);
    const description = await handleOf(username).describe();

    expect(await description.staticSummary()).toBe(`Lab of ${username}`);
    expect(description.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value])).toEqual(
      expect.arrayContaining([
        ['LabUser', username],
        ['LabStatus', 'pending'],
        ['LabImage', 'registry.test/sketchbook:w_2077_44@sha256:1234'],
      ]),
    );
  });

  test('without any worker, a user with no workflow, or a terminated one, is unknown', async () => {
    const username = aFreshUser();
    expect((await read(username)).statusCode).toBe(404);
    expect((await remove(username)).statusCode).toBe(404);

    await create(username);
    await handleOf(username).terminate();
    expect((await read(username)).statusCode).toBe(404);
    expect((await remove(username)).statusCode).toBe(404);
    expect((await create(username)).statusCode).toBe(201);
  });

  test('without any worker, an unadopted lab is neither changed nor reported as absent', async () => {
    world.users.set('unsettled', aUser({ username: 'unsettled' }));
    const answers = await Promise.all([read('unsettled'), remove('unsettled'), create('unsettled')]);

    expect(answers.map(({ statusCode, headers }) => [statusCode, headers['retry-after']])).toEqual(
      answers.map(() => [503, '5']),
    );
    expect(answers.map((answer) => answer.json().detail[0].type)).toEqual(
      answers.map(() => 'labs_not_reconciled'),
    );
    await expect(handleOf('unsettled').describe()).rejects.toThrow(WorkflowNotFoundError);
  });

  test('without any worker, a lab is listed with its status as soon as it is accepted', async () => {
    const username = aFreshUser();
    await create(username);
    expect(await list('?status=pending')).toContain(username);
    expect(await list('?status=running')).not.toContain(username);
    const all = await list('');
    expect(all).toEqual(all.toSorted());
  });
});

describe('with a worker', () => {
  beforeAll(() => workflows.worker.start());

  test('with a worker, of two creates at once exactly one is accepted', async () => {
    const username = aFreshUser();
    const answers = await Promise.all([create(username), create(username)]);
    const refused = answers.find(({ statusCode }) => statusCode !== 201);

    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([201, 409]));
    expect(refused?.json()).toEqual({
      detail: [
        {
          msg: `Conflicting operation for ${username} already in progress`,
          type: 'operation_in_progress',
        },
      ],
    });
    expect((await read(username)).json()).toMatchObject({ status: 'pending' });
  });

  test('with a worker, a lab that runs refuses to be replaced and stays as it is', async () => {
    const username = await aLab('running');
    const answer = await create(username);

    expect([answer.statusCode, answer.json().detail[0]]).toEqual([
      409,
      { msg: `Lab already exists for ${username}`, type: 'lab_exists' },
    ]);
    expect((await read(username)).json()).toMatchObject({ status: 'running' });
  });

  test.each(['failed', 'terminated', null] as const)(
    'with a worker, a lab that is %s is replaced',
    async (status) => {
      const username = await aLab(status);

      expect((await create(username)).statusCode).toBe(201);
      expect((await read(username)).json()).toMatchObject({ status: 'pending' });
    },
  );

  test('with a worker, a create that meets a closing workflow starts anew', async () => {
    const username = await aLab('running');
    const removal = labOf(username).cluster.hold('deleteNamespace');
    await remove(username);
    await removal.entered;
    removal.open();

    expect((await create(username)).statusCode).toBe(201);
    expect((await read(username)).statusCode).toBe(200);
  });

  test('with a worker, a lab whose pod is gone is unknown, although its workflow goes on', async () => {
    const username = await aLab(null);

    expect((await read(username)).statusCode).toBe(404);
    expect((await remove(username)).statusCode).toBe(404);
    expect((await handleOf(username).describe()).status.name).toBe('RUNNING');
  });

  test('with a worker, a deleted lab is unknown as soon as the deletion is answered', async () => {
    const username = await aLab('running');

    expect((await remove(username)).statusCode).toBe(204);
    expect((await read(username)).statusCode).toBe(404);
  });

  test('with a worker, the list agrees with every answer at once, and that of another replica soon', async () => {
    const other = await aWorld({ labs: createLabs(namespace.client, () => 60_000) });
    const listOfOther = async (): Promise<string[]> =>
      (await other.app.inject(`${LABS}?status=running`)).json();
    const username = await aLab('running');
    expect(await list('?status=running')).toContain(username);
    await eventually(listOfOther, (listed) => listed.includes(username));

    expect((await remove(username)).statusCode).toBe(204);
    expect(await list('')).not.toContain(username);
    await eventually(listOfOther, (listed) => !listed.includes(username));
    await other.app.close();
  });

  test('with a worker, many deletes at once all end well', async () => {
    const username = await aLab('running');
    const answers = await Promise.all(Array.from({ length: 8 }, () => remove(username)));
    const statuses = new Set(answers.map(({ statusCode }) => statusCode));

    expect(statuses).toContain(204);
    statuses.delete(404);
    expect([...statuses]).toEqual([204]);
  });

  test('with a worker, a failed deletion is reported without internals, and the lab stays known', async () => {
    const username = await aLab('running');
    const refusal = ApplicationFailure.nonRetryable('Error deleting object', 'KubernetesForbidden');
    labOf(username).cluster.break('delete', refusal);
    const answer = await remove(username);

    expect([answer.statusCode, answer.json()]).toEqual([
      500,
      { detail: [{ msg: 'Failed to delete lab', type: 'delete_failed' }] },
    ]);
    expect((await read(username)).statusCode).toBe(200);
  });
});

describe('when Temporal is away', () => {
  test('when Temporal is away, requests are answered 503 and may be repeated', async () => {
    const connection = connectionToNothing();
    const away = await aWorld({ labs: createLabs(new Client({ connection }), () => 60_000) });
    const headers = headersOf('rachel');
    const answers = await Promise.all([
      away.app.inject(`${LABS}/rachel`),
      away.app.inject(LABS),
      away.app.inject({ method: 'DELETE', url: `${LABS}/rachel` }),
      away.app.inject({ method: 'POST', url: `${LABS}/rachel/create`, headers, payload: aBody() }),
    ]);
    await away.app.close();
    await connection.close();

    for (const answer of answers) {
      expect(answer.statusCode).toBe(503);
      expect(answer.headers['retry-after']).toBe('5');
      expect(answer.json().detail[0].type).toBe('workflow_unavailable');
    }
  }, 90_000);
});
