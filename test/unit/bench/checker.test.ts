import { type Facts, violationsOf } from '../../../bench/checker';

const NAMESPACE = { name: 'lab-nova', username: 'nova', spawnId: 'one', isDeleting: false };
const POD = { name: 'nova-nb', namespace: 'lab-nova', username: 'nova', spawnId: 'one', isRunning: true };
const CONFIG_MAP = {
  kind: 'ConfigMap',
  name: 'nova-nb-env',
  namespace: 'lab-nova',
  username: 'nova',
  spawnId: 'one',
};
const WORKFLOW = { username: 'nova', status: 'running' };
const API = { username: 'nova', status: 'running', reason: null };
const STREAM = { username: 'nova', ids: ['one.1', 'one.2', 'one.3'], ending: 'complete' };

/** One accepted lab that runs as it should, but for what is told otherwise. */
function facts(changes: Partial<Facts> = {}): Facts {
  return {
    accepted: ['nova'],
    namespaces: [NAMESPACE],
    pods: [POD],
    contents: [CONFIG_MAP],
    workflows: [WORKFLOW],
    api: [API],
    streams: [STREAM],
    namespacesMade: new Map([['nova', 1]]),
    podsMade: new Map([['nova', 1]]),
    deleted: [],
    ...changes,
  };
}

const NOTHING: Partial<Facts> = { namespaces: [], pods: [], contents: [], workflows: [], streams: [] };

function kindsOf(changes: Partial<Facts>): string[] {
  return [...new Set(violationsOf(facts(changes)).map(({ kind }) => kind))];
}

test('an accepted lab that runs once is no violation', () => {
  expect(violationsOf(facts())).toEqual([]);
});

test('a running lab whose create was never answered is no violation', () => {
  expect(violationsOf(facts({ accepted: [], streams: [] }))).toEqual([]);
});

test('no lab where none was accepted is no violation', () => {
  expect(violationsOf(facts({ ...NOTHING, accepted: [], api: [] }))).toEqual([]);
});

test('an accepted lab of which neither API nor cluster has a trace is lost', () => {
  const violations = violationsOf(facts({ ...NOTHING, api: [{ ...API, status: null }] }));

  expect(violations).toEqual([
    { kind: 'lost', username: 'nova', message: 'the API says unknown' },
    { kind: 'lost', username: 'nova', message: 'no open workflow' },
    { kind: 'lost', username: 'nova', message: 'no running pod' },
  ]);
});

test('an accepted lab that failed is lost, for the reason it gives', () => {
  const api = [{ username: 'nova', status: 'failed', reason: 'SpawnTimeout' }];

  const violations = violationsOf(facts({ api, workflows: [{ username: 'nova', status: 'failed' }] }));

  expect(violations).toEqual([
    { kind: 'lost', username: 'nova', message: 'the API says failed: SpawnTimeout' },
  ]);
});

test('an accepted lab whose pod does not run is lost, and the API lies about it', () => {
  expect(kindsOf({ pods: [{ ...POD, isRunning: false }] })).toEqual(['lost', 'untrue']);
});

test('a namespace that no open workflow looks after is orphaned', () => {
  const left = { accepted: [], workflows: [], api: [{ ...API, status: null }] };

  expect(violationsOf(facts(left))).toEqual([
    { kind: 'orphaned', username: 'nova', message: 'namespace lab-nova without an open workflow' },
  ]);
});

test('an open workflow without a namespace is orphaned', () => {
  const left = { ...NOTHING, accepted: [], api: [{ ...API, status: null }] };

  expect(kindsOf({ ...left, workflows: [{ username: 'nova', status: null }] })).toEqual(['orphaned']);
});

test('a pod outside every lab namespace is orphaned', () => {
  const stray = { ...POD, username: 'stray', namespace: 'default' };

  expect(violationsOf(facts({ pods: [POD, stray] }))).toEqual([
    { kind: 'orphaned', username: 'stray', message: 'pod nova-nb outside any lab namespace' },
  ]);
});

test.each<[string, Partial<Facts>]>([
  ['two pods at a time', { pods: [POD, { ...POD, name: 'other' }] }],
  ['two namespaces at a time', { namespaces: [NAMESPACE, { ...NAMESPACE, name: 'lab-other' }] }],
  ['two open workflows', { workflows: [WORKFLOW, WORKFLOW] }],
  ['a pod made a second time', { podsMade: new Map([['nova', 2]]) }],
  ['a namespace made a second time', { namespacesMade: new Map([['nova', 2]]) }],
])('%s is a duplicate', (_, changes) => {
  expect(kindsOf(changes)).toEqual(['duplicated']);
});

test.each<[string, Partial<Facts>]>([
  ['a state that its workflow does not have', { workflows: [{ username: 'nova', status: 'pending' }] }],
  ['a running lab in a namespace being deleted', { namespaces: [{ ...NAMESPACE, isDeleting: true }] }],
  ['a stream without an end', { streams: [{ ...STREAM, ending: null }] }],
  ['a stream that repeats an event', { streams: [{ ...STREAM, ids: ['one.1', 'one.1', 'one.2'] }] }],
  ['a stream that leaves one out', { streams: [{ ...STREAM, ids: ['one.1', 'one.3'] }] }],
  ['a stream of two operations', { streams: [{ ...STREAM, ids: ['one.1', 'two.2'] }] }],
])('%s is untrue', (_, changes) => {
  expect(kindsOf(changes)).toEqual(['untrue']);
});

test.each<[string, Partial<Facts>, string]>([
  [
    'a pod of another spawn than its namespace',
    { pods: [{ ...POD, spawnId: 'two' }] },
    'pod nova-nb of spawn two in a namespace of spawn one',
  ],
  [
    'a config map of another spawn than its namespace',
    { contents: [CONFIG_MAP, { ...CONFIG_MAP, spawnId: 'two' }] },
    'ConfigMap nova-nb-env of spawn two in a namespace of spawn one',
  ],
  [
    'a pod that was deleted without an order',
    { deleted: [{ kind: 'pod', username: 'nova', spawnId: 'one' }] },
    'the pod of spawn one was deleted without an order',
  ],
  [
    'a namespace that was deleted without an order',
    { deleted: [{ kind: 'namespace', username: 'nova', spawnId: 'one' }] },
    'the namespace of spawn one was deleted without an order',
  ],
])('%s was touched by a step that was not meant for it', (_, changes, message) => {
  expect(violationsOf(facts(changes))).toEqual([{ kind: 'touched', username: 'nova', message }]);
});
