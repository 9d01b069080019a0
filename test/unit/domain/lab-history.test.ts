import type { LabRecord } from '../../../src/domain/lab';
import { withPastLab } from '../../../src/domain/lab';
import { EXITED, failedEnding, type LabEnd, stoppedBy } from '../../../src/domain/lab-end';
import { type LabRun, labHistoryEntries } from '../../../src/domain/lab-history';
import { aRecord } from '../../support/record-builder';

const at = (minute: number) => `2077-10-23T09:${String(minute).padStart(2, '0')}:00.000Z`;

const exited = (minute: number): LabEnd => ({ ...EXITED, at: at(minute) });
const stopped = (minute: number): LabEnd => ({ ...stoppedBy('rachel'), at: at(minute) });
const evicted = (minute: number): LabEnd => ({
  ...failedEnding({ reason: 'PodEvicted', message: 'Low on memory.' }),
  at: at(minute),
});

/** A run that began at this minute with this record. */
function aRun(minute: number, record: Partial<LabRecord>, changes: Partial<LabRun> = {}): LabRun {
  return {
    runId: `run-${minute}`,
    startedAt: at(minute),
    closedAt: null,
    isContinued: false,
    record: { ...aRecord(), startedAt: at(minute), end: null, ...record },
    pastLabs: [],
    ...changes,
  };
}

const outcomes = (...runs: LabRun[]) =>
  labHistoryEntries(runs).map(({ outcome, startedAt }) => [startedAt, outcome]);

test.each([
  ['pending', null, 'pending'],
  ['running', null, 'running'],
  ['terminating', stopped(5), 'stopping'],
  ['terminated', exited(5), 'exited'],
  ['failed', evicted(5), 'lost'],
  [null, stopped(5), 'stopped'],
] as const)('a lab in an open run with status %s is %s', (status, end, outcome) => {
  const [life] = labHistoryEntries([aRun(1, { status, end })]);

  expect(life).toMatchObject({ outcome, startedAt: at(1) });
  expect(life?.endedAt).toBe(['pending', 'running', 'stopping'].includes(outcome) ? null : at(5));
});

test('an ended lab has its outcome, reason and cause', () => {
  const [life] = labHistoryEntries([aRun(1, { status: null, end: evicted(5) }, { closedAt: at(6) })]);

  expect(life).toEqual({
    startedAt: at(1),
    endedAt: at(5),
    image: aRecord().options.image,
    size: 'small',
    outcome: 'lost',
    reason: 'PodEvicted',
    message: 'Low on memory.',
    endedBy: { kind: 'cluster', name: null },
  });
});

test('labs of several runs, and several of one, come newest first', () => {
  const { options } = aRecord();
  const first = { ...aRecord(), startedAt: at(10) };
  const second = { ...aRecord(), startedAt: at(20), options: { ...options, image: 'other' } };
  const pastLabs = withPastLab(withPastLab([], first, evicted(15)), second, exited(25));
  const runs = [
    aRun(1, { status: null, end: stopped(5) }, { closedAt: at(6) }),
    aRun(10, { status: 'running', startedAt: at(30) }, { pastLabs }),
  ];

  expect(outcomes(...runs)).toEqual([
    [at(30), 'running'],
    [at(20), 'exited'],
    [at(10), 'lost'],
    [at(1), 'stopped'],
  ]);
  expect(labHistoryEntries(runs)[1]?.image).toBe('other');
});

test('a lab that spans several runs is listed once', () => {
  const continued = aRun(1, { status: 'running' }, { closedAt: at(11), isContinued: true });
  const present = aRun(11, { status: 'running', startedAt: at(1) });

  expect(outcomes(continued, present)).toEqual([[at(1), 'running']]);
});

test('a workflow that was terminated leaves a lab whose end is not known', () => {
  expect(labHistoryEntries([aRun(1, { status: 'running' }, { closedAt: at(7) })])).toMatchObject([
    { outcome: 'unknown', endedAt: at(7), endedBy: null },
  ]);
});

test('unless the lab was adopted afterwards', () => {
  const terminated = aRun(1, { status: 'running' }, { closedAt: at(7) });
  const operation = { id: 'adoption', kind: 'spawn', isAdopted: true } as const;
  const adopted = aRun(9, { status: 'running', startedAt: at(2), operation });

  expect(outcomes(terminated, adopted)).toEqual([[at(2), 'running']]);
  const another = aRun(9, { status: 'running', startedAt: at(8), operation });
  expect(outcomes(terminated, another)).toEqual([
    [at(8), 'running'],
    [at(1), 'unknown'],
  ]);
});

test('a lab whose beginning is not on record began with its run', () => {
  expect(outcomes(aRun(3, { status: 'running', startedAt: null }))).toEqual([[at(3), 'running']]);
});

test('of the labs that one workflow held the last five are kept', () => {
  let past: ReturnType<typeof withPastLab> = [];
  for (let minute = 1; minute <= 7; minute += 1) {
    past = withPastLab(past, { ...aRecord(), startedAt: at(minute) }, exited(minute));
  }

  expect(past.map(({ startedAt }) => startedAt)).toEqual([7, 6, 5, 4, 3].map(at));
});
