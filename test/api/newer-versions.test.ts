import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InterceptingCall, type Interceptor } from '@grpc/grpc-js';
import { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createLabHistory } from '../../src/api/services/lab-history';
import { createLabs } from '../../src/api/services/labs';
import { labWorkflowId } from '../../src/domain/lab-key';
import { ProgressSource } from '../../src/workflow-clients/lab/progress-source';
import { publishReconciliation } from '../../src/workflow-clients/reconciliation-record';
import { eventually } from '../support/eventually';
import { type OwnNamespace, ownNamespace } from '../support/own-namespace';
import { theStack } from '../support/stack';
import { connectToTemporal } from '../support/temporal-connection';
import { aWorld, headersOf, type World } from '../unit/api/fakes';
import { finish, type lab as newerLab } from './newer-lab-workflow';

const LABS = '/nublado/spawner/v1/labs';
const QUEUE = 'newer';

/** What a workflow of a newer version publishes. */
const memo = JSON.parse(readFileSync(join(__dirname, '../data/newer-version/lab.json'), 'utf8'));

let namespace: OwnNamespace;
let native: NativeConnection;
let worker: Worker;
let running: Promise<void>;
let world: World;

beforeAll(async () => {
  const { address } = theStack().temporal;
  namespace = await ownNamespace(address);
  native = await NativeConnection.connect({ address });
  worker = await Worker.create({
    connection: native,
    namespace: namespace.name,
    taskQueue: QUEUE,
    workflowsPath: require.resolve('./newer-lab-workflow'),
  });
  running = worker.run();
  const { client } = namespace;
  await publishReconciliation(client, { unsettled: [] });
  world = await aWorld({
    labs: createLabs(client, () => 60_000),
    history: createLabHistory(client),
    progress: new ProgressSource(client, 60_000),
  });
}, 60_000);

afterAll(async () => {
  await world.app.close();
  worker.shutdown();
  await running;
  await native.close();
  await namespace.connection.close();
});

/** A lab that a newer controller has accepted, once its workflow has published it. */
async function aNewerLab(username: string, changes: object = {}, isHeld = false) {
  const lab = { ...memo.lab, user: { ...memo.lab.user, username }, ...changes };
  const handle = await namespace.client.workflow.start<typeof newerLab>('lab', {
    workflowId: labWorkflowId(username),
    taskQueue: QUEUE,
    memo: { lab: { ...lab, status: 'pending' } },
    args: [{ memo: { ...memo, lab }, isHeld }],
  });
  await eventually(
    () => handle.describe(),
    ({ memo }) => memo?.['pastLabs'] !== undefined,
  );
  return handle;
}

const read = (username: string) => world.app.inject(`${LABS}/${username}`);

test('a lab in a status of a newer version is there, in transition, and its hub finds it alive', async () => {
  await aNewerLab('rachel');
  const answer = await read('rachel');

  expect([answer.statusCode, answer.json()]).toEqual([
    200,
    expect.objectContaining({
      status: 'pending',
      internal_url: null,
      failure: null,
      options: expect.objectContaining({ size: 'custom' }),
    }),
  ]);
});

test('a lab that failed for a reason of a newer version has failed for that reason', async () => {
  await aNewerLab('lise', { status: 'failed' });

  expect((await read('lise')).json()).toMatchObject({
    status: 'failed',
    failure: { reason: 'GpuUnavailable', message: 'No node has a free GPU.' },
  });
});

test('a lab of a newer version is in the list, and has its history', async () => {
  await aNewerLab('emmy', { status: 'running' });
  await read('emmy');
  const list = await world.app.inject(LABS);
  const history = await world.app.inject(`${LABS}/emmy/history`);

  expect(list.json()).toContain('emmy');
  expect(history.json()).toMatchObject([
    { outcome: 'unknown', reason: 'IdleTooLong', ended_by: { kind: 'scheduler' }, size: 'custom' },
    { outcome: 'unknown', ended_by: { kind: 'scheduler' } },
  ]);
});

test('the operation of a newer version can be followed until it is over', async () => {
  await aNewerLab('maria', { status: 'running', operation: { id: 'newer', kind: 'hibernate' } });
  const answer = await world.app.inject({ url: `${LABS}/maria/events`, headers: headersOf('maria') });

  expect(answer.statusCode).toBe(200);
  expect(answer.body).toContain('event: complete');
});

test('a lab of a newer version can be deleted', async () => {
  await aNewerLab('ada');
  const answer = await world.app.inject({ method: 'DELETE', url: `${LABS}/ada` });

  expect(answer.statusCode).toBe(204);
  expect((await read('ada')).statusCode).toBe(404);
});

test('a slow deletion is waited for with the timeout of that lab, not the present one', async () => {
  let described = 0;
  const countDescriptions: Interceptor = (options, nextCall) => {
    if (options.method_definition.path.endsWith('/DescribeWorkflowExecution')) described += 1;
    return new InterceptingCall(nextCall(options));
  };
  const { address } = theStack().temporal;
  const connection = await connectToTemporal(address, [countDescriptions]);
  const client = new Client({ connection, namespace: namespace.name });
  const shorter = await aWorld({ labs: createLabs(client, () => 0) });
  const handle = await aNewerLab('katherine', { status: 'running', deleteTimeoutMs: 60_000 }, true);
  const answer = shorter.app.inject({ method: 'DELETE', url: `${LABS}/katherine` });
  // By the deadline of the configuration it would be given up now.
  await eventually(
    async () => described,
    (count) => count > 0,
  );
  await handle.signal(finish);

  expect((await answer).statusCode).toBe(204);
  await shorter.app.close();
  await connection.close();
});

test('a lab whose memo cannot be read at all is not unknown: the request is to be tried again', async () => {
  await aNewerLab('grace', { user: 'grace' });
  const answers = await Promise.all([
    read('grace'),
    world.app.inject({ url: `${LABS}/grace/events`, headers: headersOf('grace') }),
  ]);

  for (const answer of answers) {
    expect([answer.statusCode, answer.json().detail[0].type]).toEqual([503, 'workflow_unavailable']);
    expect(answer.headers['retry-after']).toBe('5');
  }
});
