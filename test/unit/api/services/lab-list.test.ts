import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import {
  createLabList,
  type LabList,
  labObservationOf,
  type ObservedRun,
} from '../../../../src/api/services/lab-list';
import type { LabStatus } from '../../../../src/domain/lab';

/** The lab's status at a minute, in a run that began at another; `how` is the workflow's own status. */
function aLab(
  username: string,
  status: LabStatus | null,
  { at = 1, began = 0, how = 'RUNNING', operation = 'op1' } = {},
): ObservedRun {
  const lab = { user: { username }, status, since: instant(at), operation: { id: operation, kind: 'spawn' } };
  const closeTime = how === 'RUNNING' ? {} : { closeTime: new Date(instant(at + 1)) };
  return { memo: { lab }, startTime: new Date(instant(began)), status: { name: how }, ...closeTime };
}

const instant = (minute: number) => `2077-10-23T09:${String(minute).padStart(2, '0')}:00.000Z`;

/** What the index answers, the workflows as they are by ID, and what was asked of either. */
let index: ObservedRun[];
let workflows: Map<string, ObservedRun>;
let queries: string[];
let described: string[];
let list: LabList;

const client = {
  connection: { withDeadline: (_deadline: number, calls: () => Promise<unknown>) => calls() },
  workflow: {
    async *list({ query }: { query: string }) {
      queries.push(query);
      yield* index;
    },
    getHandle: (id: string) => ({
      async describe() {
        described.push(id);
        const info = workflows.get(id);
        if (!info) throw new WorkflowNotFoundError('not found', id, undefined);
        return info;
      },
    }),
  },
} as unknown as Client;

beforeEach(() => {
  jest.useFakeTimers({ now: new Date(instant(10)) });
  index = [];
  workflows = new Map();
  queries = [];
  described = [];
  list = createLabList(client);
});

afterEach(() => jest.useRealTimers());

async function listed(): Promise<Record<string, LabStatus | null>> {
  return Object.fromEntries((await list.present()).map(({ username, status }) => [username, status]));
}

/** Lets what was asked of the index grow too old. */
const later = (ms = 100) => jest.advanceTimersByTime(ms);

const see = (info: ObservedRun) => {
  const sighting = labObservationOf(info);
  if (sighting) list.saw(sighting);
};

test('lists of a moment share one question to the index, which is for changes after the first', async () => {
  index = [aLab('rachel', 'running')];
  expect(await Promise.all([listed(), listed()])).toEqual([{ rachel: 'running' }, { rachel: 'running' }]);
  later();
  index = [aLab('lise', 'pending', { at: 10 })];

  expect(await listed()).toEqual({ rachel: 'running', lise: 'pending' });
  expect(queries).toEqual([
    "WorkflowType='lab' AND ExecutionStatus='Running'",
    "WorkflowType='lab' AND (LabSince >= '2077-10-23T09:09:40.000Z' OR (CloseTime >= '2077-10-23T09:09:40.000Z' AND ExecutionStatus != 'ContinuedAsNew'))",
  ]);
});

test('what was answered about a user counts at once, however old the index', async () => {
  index = [aLab('rachel', 'running')];
  await listed();
  workflows.set('lab-rachel', aLab('rachel', null, { at: 9, how: 'COMPLETED' }));
  list.doubt('rachel');
  expect(await listed()).toEqual({});
  later();
  expect(await listed()).toEqual({});

  workflows.set('lab-rachel', aLab('rachel', 'pending', { at: 10, began: 10, operation: 'op2' }));
  list.doubt('rachel');
  expect(await listed()).toEqual({ rachel: 'pending' });
  expect(described).toEqual(['lab-rachel', 'lab-rachel']);
});

test('what was read of a lab counts at once and costs no question', async () => {
  index = [aLab('rachel', 'pending')];
  await listed();
  see(aLab('rachel', 'running', { at: 2 }));

  expect(await listed()).toEqual({ rachel: 'running' });
  later();
  expect(await listed()).toEqual({ rachel: 'running' });
  expect(described).toEqual([]);
});

test('a later change by another replica counts as soon as visibility has it', async () => {
  index = [aLab('rachel', 'running')];
  await listed();
  workflows.set('lab-rachel', aLab('rachel', null, { at: 9, how: 'COMPLETED' }));
  list.doubt('rachel');
  await listed();
  later();
  index = [
    aLab('rachel', null, { at: 9, how: 'COMPLETED' }),
    aLab('rachel', 'pending', { at: 10, began: 10, operation: 'op2' }),
  ];

  expect(await listed()).toEqual({ rachel: 'pending' });
});

test('a lab runs after it was pending, whatever the clock that its acceptance was written by', async () => {
  index = [aLab('rachel', 'pending', { at: 9 })];
  await listed();
  later();
  index = [aLab('rachel', 'running', { at: 8 })];
  expect(await listed()).toEqual({ rachel: 'running' });
  later();
  index = [aLab('rachel', 'pending', { at: 9 })];
  expect(await listed()).toEqual({ rachel: 'running' });
});

test('a lab in a status of a newer version stays listed as in transition after it has run', async () => {
  index = [aLab('rachel', 'running')];
  await listed();
  later();
  index = [aLab('rachel', 'hibernating' as LabStatus, { at: 2 })];

  expect(await listed()).toEqual({ rachel: 'pending' });
});

test('a run that continues as new does not change its lab, and after a terminated one the lab is gone', async () => {
  index = [aLab('rachel', 'running'), aLab('lise', 'running')];
  await listed();
  later();
  index = [
    aLab('rachel', 'running', { how: 'CONTINUED_AS_NEW' }),
    aLab('lise', 'running', { how: 'TERMINATED' }),
  ];

  expect(await listed()).toEqual({ rachel: 'running' });
});

test('of a lab that the whole list lacks, its workflow is asked', async () => {
  index = [aLab('rachel', 'running'), aLab('lise', 'running'), aLab('emmy', 'running')];
  workflows.set('lab-rachel', aLab('rachel', 'running', { began: 2 }));
  workflows.set('lab-lise', aLab('lise', 'running', { how: 'TERMINATED' }));
  await listed();
  index = [];
  later(60_000);
  // The whole list is read meanwhile.
  await listed();

  expect(await listed()).toEqual({ rachel: 'running' });
  expect(described.toSorted()).toEqual(['lab-emmy', 'lab-lise', 'lab-rachel']);
});

test('the whole list is read again while changes are still queried', async () => {
  await listed();
  later(20_000);
  await listed();
  later(20_000);
  await listed();

  expect(queries.filter((query) => query.includes('Running'))).toHaveLength(2);
  expect(queries.filter((query) => query.includes('LabSince'))).toHaveLength(2);
});

test('what this replica has seen itself does not hide earlier changes by others', async () => {
  await listed();
  later(60_000);
  see(aLab('rachel', 'running', { at: 11 }));
  later(300_000);
  await listed();

  expect(queries.at(-1)).toContain("LabSince >= '2077-10-23T09:09:40.000Z'");
});

test('after an hour without lists all of it is read', async () => {
  await listed();
  later(3_600_001);
  await listed();

  expect(queries.filter((query) => query.includes('LabSince'))).toEqual([]);
});

test('a list that is kept recent is read in the background, at first all of it, then changes', async () => {
  index = [aLab('rachel', 'running')];
  const stop = list.keepRecent();
  await jest.advanceTimersByTimeAsync(90_000);
  stop();
  await jest.advanceTimersByTimeAsync(90_000);

  expect(queries).toHaveLength(4);
  expect(queries.slice(1).every((query) => query.includes('LabSince'))).toBe(true);
  expect(await listed()).toEqual({ rachel: 'running' });
});

test('a user of whom nothing was found is asked about only where the list has them', async () => {
  index = [aLab('rachel', 'running')];
  await listed();
  list.missed('nobody');
  list.missed('rachel');

  expect(await listed()).toEqual({});
  expect(described).toEqual(['lab-rachel']);
});

test('what was answered while no list was asked for costs no questions later', async () => {
  for (let user = 0; user < 1_500; user += 1) list.doubt(`user-${user}`);
  expect(await listed()).toEqual({});
  expect(described).toHaveLength(1_000);

  list.doubt('rachel');
  later(60_000);
  list.doubt('lise');
  await listed();
  expect(described.slice(1_000)).toEqual(['lab-lise']);
});
