import type { LabRecord } from '../../../src/domain/lab';
import type { PodEvent } from '../../../src/domain/pod';
import {
  closingEvent,
  type LabStep,
  type ProgressEvent,
  ProgressProjection,
  type WorkflowHistoryStep,
} from '../../../src/domain/progress';
import { aPodEvent, AN_INSTANT as at } from '../../support/builders';
import { aRecord } from '../../support/record-builder';

const record = (record: LabRecord): WorkflowHistoryStep => ({ kind: 'record', at, record });
const begins = (step: LabStep): WorkflowHistoryStep => ({ kind: 'stepScheduled', at, step });
const ends = (step: LabStep): WorkflowHistoryStep => ({ kind: 'stepCompleted', at, step });
const podEvents = (...events: PodEvent[]): WorkflowHistoryStep => ({ kind: 'podEvents', at, events });
const closed: WorkflowHistoryStep = { kind: 'closed', at };

function project(...steps: WorkflowHistoryStep[]): ProgressEvent[] {
  const projection = new ProgressProjection();
  return steps.flatMap((step) => projection.push(step));
}

/** As a viewer reads them: `operation.sequence type message percentage`. */
function told(...steps: WorkflowHistoryStep[]): string[] {
  return project(...steps).map(({ operation, sequence, type, message, progress }) =>
    [`${operation.id}.${sequence}`, type, message, progress].filter((part) => part !== null).join(' '),
  );
}

const spawn = aRecord('rachel', 'a');
const created = [record(spawn), begins('createObjects'), ends('createObjects')] as const;

test('a spawn is streamed from its start to the running pod', () => {
  expect(
    told(...created, podEvents(aPodEvent('Pulling'), aPodEvent('Pulled')), record(spawn.running())),
  ).toEqual([
    'a.1 info Starting lab creation for rachel 1',
    'a.2 info Created Kubernetes objects for user lab 30',
    'a.3 info Pulling 35',
    'a.4 info Pulled 48',
    'a.5 complete Lab Kubernetes pod started for rachel 75',
  ]);
});

test('an adopted spawn is streamed from its adoption', () => {
  const adopted = { ...spawn, operation: { id: 'a', kind: 'spawn', isAdopted: true } } as const;
  const running = { ...adopted, status: 'running' } as const;
  expect(told(record(adopted), podEvents(aPodEvent('Pulling')), record(running))).toEqual([
    'a.1 info Monitoring in-progress lab creation for rachel 1',
    'a.2 info Pulling 35',
    'a.3 complete Lab Kubernetes pod started for rachel 75',
  ]);
  expect(told(record(running))).toEqual([]);
});

test('each pod event goes a third of the way that is left to 75', () => {
  const events = Array.from({ length: 11 }, (_, n) => aPodEvent(`event ${n}`));
  const percentages = project(...created, podEvents(...events)).map(({ progress }) => progress);

  expect(percentages.slice(2)).toEqual([35, 48, 57, 63, 67, 69, 71, 72, 73, 73, 73]);
});

test('pod events that come before the objects are reported follow them', () => {
  expect(
    told(record(spawn), begins('createObjects'), podEvents(aPodEvent('early')), ends('createObjects')),
  ).toEqual([
    'a.1 info Starting lab creation for rachel 1',
    'a.2 info Created Kubernetes objects for user lab 30',
    'a.3 info early 35',
  ]);
});

test('an occurrence that the watcher repeats is streamed once', () => {
  const again = aPodEvent('Back-off', { time: '2077-10-23T09:48:00.000Z' });
  const messages = told(
    ...created,
    podEvents(aPodEvent('Back-off')),
    podEvents(aPodEvent('Back-off'), again),
  );

  expect(messages.slice(2)).toEqual(['a.3 info Back-off 35', 'a.4 info Back-off 48']);
});

test('a pod event keeps its own time, reason and severity', () => {
  const time = '2077-10-23T09:50:00.000Z';
  const warning = aPodEvent('no nodes', { type: 'Warning', reason: 'FailedScheduling', time });
  const [normal, warned] = project(...created, podEvents(aPodEvent(), warning)).slice(2);

  expect(normal).toMatchObject({ type: 'info', severity: 'info', reason: 'Pulling' });
  expect(warned).toMatchObject({
    type: 'info',
    severity: 'warning',
    reason: 'FailedScheduling',
    timestamp: time,
  });
});

test('the stream of a spawn that replaces a lab has its removal first', () => {
  const next = spawn.failed().spawning('b');
  const steps = [
    record(spawn.failed()),
    record(next),
    begins('deletePod'),
    ends('deletePod'),
    begins('deleteNamespace'),
    ends('deleteNamespace'),
    begins('createObjects'),
    ends('createObjects'),
    record(next.running()),
  ];

  expect(told(...steps).filter((line) => line.startsWith('b.'))).toEqual([
    'b.1 info Starting lab creation for rachel 1',
    'b.2 info Deleting existing failed lab for rachel 2',
    'b.3 info Shutting down Kubernetes pod 5',
    'b.4 info Deleting user namespace 12',
    'b.5 info Lab for rachel deleted 20',
    'b.6 info Created Kubernetes objects for user lab 30',
    'b.7 complete Lab Kubernetes pod started for rachel 75',
  ]);
});

test('the stream of a spawn after a deletion has no existing lab', () => {
  const gone = spawn.terminating('b').gone();

  expect(told(record(gone), record(gone.spawning('c')))).toEqual([
    'c.1 info Starting lab creation for rachel 1',
  ]);
});

test('the stream of a failed spawn has the cause and then the failure', () => {
  expect(told(record(spawn), record(spawn.failed('Lab spawn timed out after 600s')))).toEqual([
    'a.1 info Starting lab creation for rachel 1',
    'a.2 error Lab spawn timed out after 600s',
    'a.3 failed Lab spawn failed',
  ]);
});

test('errors count as errors', () => {
  const severities = project(record(spawn), record(spawn.failed())).map(({ severity }) => severity);
  expect(severities).toEqual(['info', 'error', 'error']);
});

test('a deletion is streamed to 100 percent and ends without a terminal event', () => {
  const terminating = spawn.terminating('b');
  const projection = new ProgressProjection();
  projection.push(record(spawn.running()));
  const steps = [
    record(terminating),
    begins('deletePod'),
    record(terminating.gone()),
    begins('deleteNamespace'),
  ];
  const lines = steps
    .flatMap((step) => projection.push(step))
    .map(({ message, progress }) => [message, progress]);

  expect(lines).toEqual([
    ['Shutting down Kubernetes pod', 25],
    ['Deleting user namespace', 62],
  ]);
  expect(projection.isOperationEnded).toBe(false);
  expect(projection.push(ends('deleteNamespace'))).toMatchObject([
    { type: 'info', message: 'Lab for rachel deleted', progress: 100 },
  ]);
  expect(projection.isOperationEnded).toBe(true);
  expect(projection.push(closed)).toEqual([]);
});

test('the stream of a failed deletion has the failure', () => {
  const terminating = spawn.terminating('b');

  expect(
    told(
      record(terminating),
      begins('deletePod'),
      record(terminating.failed('Lab deletion timed out after 60s')),
    ),
  ).toEqual([
    'b.1 info Shutting down Kubernetes pod 25',
    'b.2 error Lab deletion timed out after 60s',
    'b.3 failed Lab delete failed',
  ]);
});

test('a second attempt at the same step is not streamed again', () => {
  expect(told(record(spawn.terminating('b')), begins('deletePod'), begins('deletePod'))).toHaveLength(1);
});

test('a spawn that a deletion replaces ends as cancelled', () => {
  expect(
    told(...created, record(spawn.terminating('b')), ends('createObjects'), begins('deletePod')),
  ).toEqual([
    'a.1 info Starting lab creation for rachel 1',
    'a.2 info Created Kubernetes objects for user lab 30',
    'a.3 failed Operation cancelled',
    'b.1 info Shutting down Kubernetes pod 25',
  ]);
});

test('a deletion that a spawn replaces ends without a word', () => {
  const gone = spawn.terminating('b').gone();
  const operations = project(
    record(spawn.terminating('b')),
    begins('deletePod'),
    record(gone),
    record(gone.spawning('c')),
  ).map(({ operation, type }) => `${operation.id} ${type}`);

  expect(operations).toEqual(['b info', 'c info']);
});

test('what happens to a lab after its spawn is complete adds nothing', () => {
  const running = spawn.running();

  expect(
    told(...created, record(running), record(running.terminated()), podEvents(aPodEvent()), closed),
  ).toHaveLength(3);
});

test('a run that continues a lab has no events of the spawn of the run before it', () => {
  const running = spawn.running();

  expect(told(record(running), record(running.terminating('b')), begins('deletePod'))).toEqual([
    'b.1 info Shutting down Kubernetes pod 25',
  ]);
});

test('a workflow that ends in the middle of a spawn ends its stream as cancelled', () => {
  expect(told(record(spawn), closed).at(-1)).toBe('a.2 failed Operation cancelled');
});

test.each([
  ['a running lab', spawn.running(), 'complete', 'Lab Kubernetes pod started for rachel', 75],
  ['a failed spawn', spawn.failed(), 'failed', 'Lab spawn failed', null],
  ['a failed deletion', spawn.terminating('b').failed(), 'failed', 'Lab delete failed', null],
])('%s is closed with one event', (_, record, type, message, progress) => {
  expect(closingEvent(record, at)).toMatchObject({ type, message, progress, sequence: 1, timestamp: at });
});

test.each([
  ['pending', spawn],
  ['terminating', spawn.terminating('b')],
  ['gone', spawn.terminating('b').gone()],
])('of a lab that is %s there is nothing to close', (_, record) => {
  expect(closingEvent(record, at)).toBeNull();
});

test('an obstacle is streamed once, as a warning, at the percentage that was reached', () => {
  const waiting = { ...spawn, obstacle: 'Namespace lab-rachel is kept' };
  const steps = [record(spawn), begins('deleteNamespace'), record(waiting), record(waiting)];

  expect(project(...steps).at(-1)).toMatchObject({
    sequence: 3,
    type: 'info',
    message: 'Namespace lab-rachel is kept',
    progress: 12,
    severity: 'warning',
  });
  expect(told(...steps, record(spawn), record(waiting))).toHaveLength(3);
});

test('an operation that begins with an obstacle streams it at once, also when the one before did', () => {
  const removing = {
    ...spawn,
    obstacle: 'kept',
    status: null,
    operation: { id: 'd', kind: 'delete' },
  } as const;
  const next = { ...spawn, obstacle: 'kept', operation: { id: 'b', kind: 'spawn' } } as const;

  expect(told(record(removing), record(next))).toEqual([
    'd.1 info kept 1',
    'b.1 info Starting lab creation for rachel 1',
    'b.2 info kept 1',
  ]);
});

test('the stream of a failed operation has its cause, not the obstacle', () => {
  const failed = { ...spawn.failed(), obstacle: 'kept' };
  expect(told(...created, record(failed)).join()).not.toContain('kept');
});
