import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import {
  createReconciliationGate,
  type ReconciliationGate,
} from '../../../../src/api/services/reconciliation-gate';

/** The record as Temporal has it now; null for none. */
let record: { runId: string; unsettled: string[] } | null;
let asked: number;
let reconciled: ReconciliationGate;

const client = {
  connection: { withDeadline: (_deadline: number, calls: () => Promise<unknown>) => calls() },
  workflow: {
    getHandle: (id: string) => ({
      async describe() {
        asked += 1;
        if (!record) throw new WorkflowNotFoundError('not found', id, undefined);
        const { runId, unsettled } = record;
        return { runId, status: { name: 'RUNNING' }, memo: { reconciliation: { unsettled } } };
      },
    }),
  },
} as unknown as Client;

beforeEach(() => {
  jest.useFakeTimers();
  record = { runId: 'first', unsettled: [] };
  asked = 0;
  reconciled = createReconciliationGate(client);
});

afterEach(() => jest.useRealTimers());

const NOT_RECONCILED = { code: 'labs_not_reconciled' };
const nothing = async () => null;

test('what is found is given without a look at the record', async () => {
  expect(await reconciled.conclusive('rachel', async () => 'lab')).toBe('lab');
  expect(asked).toBe(0);
});

test('no user is absent before labs have been reconciled', async () => {
  record = null;

  await expect(reconciled.conclusive('rachel', nothing)).rejects.toMatchObject(NOT_RECONCILED);
  await expect(reconciled.check()).rejects.toMatchObject(NOT_RECONCILED);
  await expect(reconciled.checkRecent()).rejects.toMatchObject(NOT_RECONCILED);
  expect(await reconciled.refusalOf('rachel')).toMatchObject({ code: 'labs_not_reconciled' });
});

test('absence is certain once the same record was there before and after the look', async () => {
  let looks = 0;
  const look = async () => {
    looks += 1;
    return null;
  };

  expect(await reconciled.conclusive('rachel', look)).toBeNull();
  expect([looks, asked]).toEqual([2, 2]);
  expect(await reconciled.conclusive('rachel', look)).toBeNull();
  expect([looks, asked]).toEqual([3, 3]);
});

test('a lab that is adopted between a look and the record is found', async () => {
  record = null;
  let looks = 0;
  const look = async () => {
    looks += 1;
    if (looks === 1) record = { runId: 'first', unsettled: [] };
    return looks === 1 ? null : 'lab';
  };

  expect(await reconciled.conclusive('rachel', look)).toBe('lab');
});

test("no user is absent by the record of data that Temporal has lost, nor by one of another run's", async () => {
  await reconciled.conclusive('rachel', nothing);
  record = null;
  await expect(reconciled.conclusive('rachel', nothing)).rejects.toMatchObject(NOT_RECONCILED);

  record = { runId: 'second', unsettled: [] };
  let looks = 0;
  const look = async () => {
    looks += 1;
    return looks === 1 ? null : 'adopted';
  };
  expect(await reconciled.conclusive('rachel', look)).toBe('adopted');
});

test('a user is not absent whose lab could not be adopted, while all others are', async () => {
  record = { runId: 'first', unsettled: ['rachel'] };

  await expect(reconciled.conclusive('rachel', nothing)).rejects.toMatchObject(NOT_RECONCILED);
  expect(await reconciled.refusalOf('rachel')).toMatchObject({ code: 'labs_not_reconciled' });
  expect(await reconciled.conclusive('lise', nothing)).toBeNull();
  expect(await reconciled.refusalOf('lise')).toBeNull();
});

test('creates share one look at the record in a second, and none is kept that finds nothing', async () => {
  await reconciled.refusalOf('rachel');
  await reconciled.refusalOf('lise');
  expect(asked).toBe(1);
  jest.advanceTimersByTime(1_000);
  record = null;
  expect(await reconciled.refusalOf('rachel')).toMatchObject({ code: 'labs_not_reconciled' });

  record = { runId: 'second', unsettled: [] };
  expect(await reconciled.refusalOf('rachel')).toBeNull();
});
