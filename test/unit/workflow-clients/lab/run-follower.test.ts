import { WorkflowHistoryDecoder } from '../../../../src/workflow-clients/lab/run-follower';
import {
  aDataConverter,
  aMemo,
  aSignal,
  completed,
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
