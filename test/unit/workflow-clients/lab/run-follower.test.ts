import { homeSpaceText } from '../../../../src/domain/home-space';
import { WorkflowHistoryDecoder } from '../../../../src/workflow-clients/lab/run-follower';
import { AN_INSTANT, aPod, aPodEvent, FULL_HOME } from '../../../support/builders';
import {
  aDataConverter,
  aMemo,
  aSignal,
  completed,
  local,
  RECORDED_AT,
  scheduled,
} from '../../../support/raw-history';
import { aRecord } from '../../../support/record-builder';

const decode = (...events: Parameters<WorkflowHistoryDecoder['decode']>[0]) =>
  new WorkflowHistoryDecoder(aDataConverter).decode(events);

test('activities that carry out a step of the lab are scheduled and completed as that step', async () => {
  const activities = ['createLabObjects', 'deletePod', 'deleteNamespace'];
  const events = activities.flatMap((name, index) => [scheduled(index, name), completed(index)]);

  expect((await decode(...events)).map((event) => [event.kind, 'step' in event && event.step])).toEqual([
    ['stepScheduled', 'createObjects'],
    ['stepCompleted', 'createObjects'],
    ['stepScheduled', 'deletePod'],
    ['stepCompleted', 'deletePod'],
    ['stepScheduled', 'deleteNamespace'],
    ['stepCompleted', 'deleteNamespace'],
  ]);
});

test('a step that a local activity has completed is scheduled and completed at once', async () => {
  expect(await decode(local('createLabObjects'))).toEqual([
    { kind: 'stepScheduled', at: RECORDED_AT, step: 'createObjects' },
    { kind: 'stepCompleted', at: RECORDED_AT, step: 'createObjects' },
  ]);
});

test('a local activity that failed, is no step, or cannot be read, is left out', async () => {
  const patch = { markerName: 'core_patch', details: {} };
  const unreadable = {
    markerName: 'core_local_activity',
    details: { data: { payloads: [{ data: Buffer.from('{') }] } },
  };
  const events = [
    local('createLabObjects', { message: 'Request timed out' }),
    local('isAddressProven'),
    { markerRecordedEventAttributes: patch },
    { markerRecordedEventAttributes: unreadable },
  ];

  expect(await decode(...events)).toEqual([]);
});

test.each(['readPod', 'tellHub', 'hibernateLab', 'constructor', ''])(
  'activity "%s" is no step that viewers are shown',
  async (name) => {
    expect(await decode(scheduled(1, name), completed(1))).toEqual([]);
  },
);

test('a memo that publishes the lab is decoded, and one that holds no lab left out', async () => {
  const record = aRecord('rachel').running();

  expect(await decode(aMemo({ lab: record }))).toMatchObject([
    { kind: 'record', at: RECORDED_AT, record: { status: 'running', user: { username: 'rachel' } } },
  ]);
  expect(await decode(aMemo({ lab: 'a lab' }), aMemo({ lab: null }), aMemo({ other: 1 }))).toEqual([]);
});

test.each([
  ['no argument', undefined],
  ['null', null],
  ['a text', 'news'],
  ['events that are none', { events: [null, 7, {}] }],
  ['events in another form', { events: { first: {} } }],
])('a signal podNews with %s has no events', async (_, argument) => {
  expect(await decode(aSignal('podNews', argument))).toEqual([]);
});

describe('a home directory that lacks something', () => {
  const decodeChanges = (...changes: unknown[]) => decode(aSignal('podNews', { changes, events: [] }));

  test('is a warning among the events of a starting pod, at the time of its check', async () => {
    const pod = aPod('a').homeWarned();
    const message = homeSpaceText({ shortage: FULL_HOME, isRefused: false }, null);

    expect(await decodeChanges({ pod })).toEqual([
      {
        kind: 'podEvents',
        at: RECORDED_AT,
        events: [{ podUid: pod.uid, type: 'Warning', reason: 'HomeSpace', message, time: AN_INSTANT }],
      },
    ]);
  });

  test('comes after the events of the same signal', async () => {
    const signal = { changes: [{ pod: aPod('a').homeWarned() }], events: [aPodEvent('Started')] };
    const [step] = await decode(aSignal('podNews', signal));
    expect(step).toMatchObject({ events: [{ message: 'Started' }, { reason: 'HomeSpace' }] });
  });

  test('is no event where it fails the spawn, or cannot be read', async () => {
    expect(await decodeChanges({ pod: aPod('a').homeRefused() })).toEqual([]);
    const pod = { ...aPod('a'), home: { isRefused: false, shortage: { level: 'full', refusal: 'x' } } };
    expect(await decodeChanges({ pod }, null, { pod: null, uid: 'u' }, 7)).toEqual([]);
  });
});
