import {
  describeSummary,
  judgeContent,
  judgeNamespace,
  type LabContent,
  labsToVerify,
  type NamespaceFacts,
  type WorkflowFacts,
} from '../../../src/domain/reconciliation';

const RULES = { namespacePrefix: 'lab', graceMs: 120_000 };

const aNamespace = (changes: Partial<NamespaceFacts> = {}): NamespaceFacts => ({
  name: 'lab-rachel',
  username: 'rachel',
  ageMs: 600_000,
  isTerminating: false,
  ...changes,
});

const aWorkflow = (changes: Partial<WorkflowFacts> = {}): WorkflowFacts => ({
  username: 'rachel',
  namespace: 'lab-rachel',
  status: 'running',
  ageMs: 600_000,
  isReachable: true,
  ...changes,
});

const WHOLE = { kind: 'whole' } as const;
const INCOMPLETE = { kind: 'incomplete' } as const;
const UNREADABLE = { kind: 'unreadable', problem: 'its quota is no quantity' } as const;
const SUBJECT = { username: 'rachel', namespace: 'lab-rachel' };

const judged = (content: LabContent, changes: Partial<NamespaceFacts> = {}) =>
  judgeContent(aNamespace(changes), 'rachel', content, RULES);

test.each([
  ['a whole lab is adopted', WHOLE, { kind: 'adopt', ...SUBJECT }],
  ['an incomplete lab is removed', INCOMPLETE, { kind: 'remove', ...SUBJECT }],
  [
    'a lab that cannot be read is reported and kept',
    UNREADABLE,
    { kind: 'report', namespace: 'lab-rachel', problem: 'its quota is no quantity' },
  ],
])('without a workflow, %s', (_case, content, decision) => {
  expect(judged(content)).toEqual(decision);
});

test('a whole lab is adopted however young it is, and an incomplete one is left alone for the grace', () => {
  expect(judged(WHOLE, { ageMs: 0 })).toEqual({ kind: 'adopt', ...SUBJECT });
  expect(judged(INCOMPLETE, { ageMs: 119_999 })).toBeNull();
  expect(judged(INCOMPLETE, { ageMs: 120_000 })).toEqual({ kind: 'remove', ...SUBJECT });
});

test('a namespace that is named and labelled alike is looked into, at any age', () => {
  expect(judgeNamespace(aNamespace({ ageMs: 0 }), [], RULES)).toEqual({
    kind: 'examine',
    username: 'rachel',
  });
});

test.each([{}, { name: 'x' }])('a namespace on its way out is left alone, whatever its labels', (changes) => {
  expect(judgeNamespace(aNamespace({ isTerminating: true, ...changes }), [], RULES)).toBeNull();
});

test.each([
  ['without a user', { username: null }, 'it is labelled as a lab, but with no user'],
  ['of another name', { name: 'other-rachel' }, 'by its labels its name should be lab-rachel'],
  [
    'of a name that only begins alike',
    { name: 'lab-rachel-2' },
    'by its labels its name should be lab-rachel',
  ],
])('a labelled namespace %s is reported, never touched', (_case, changes, problem) => {
  const namespace = aNamespace(changes);
  expect(judgeNamespace(namespace, [], RULES)).toEqual({
    kind: 'report',
    namespace: namespace.name,
    problem,
  });
});

test('a running lab without a pod gets a verification', () => {
  expect(labsToVerify([aWorkflow()], new Map(), RULES)).toEqual([{ kind: 'tell', username: 'rachel' }]);
});

test('a running lab whose address is not proven gets a verification at any age', () => {
  const workflow = aWorkflow({ ageMs: 1_000, isReachable: false });
  const owners = new Map([['lab-rachel', 'rachel']]);
  expect(labsToVerify([workflow], owners, RULES)).toEqual([{ kind: 'tell', username: 'rachel' }]);
});

test.each([
  ['that has its pod', aWorkflow(), ['rachel']],
  ['that has only just become running', aWorkflow({ ageMs: 1_000 }), []],
  ['that is pending', aWorkflow({ status: 'pending' }), []],
  ['that is terminating', aWorkflow({ status: 'terminating' }), []],
  ['that has failed', aWorkflow({ status: 'failed' }), []],
  ['that is being removed', aWorkflow({ status: null }), []],
])('a lab gets no verification %s', (_case, workflow, podUsernames) => {
  const owners = new Map(podUsernames.map((owner) => [`lab-${owner}`, owner]));
  expect(labsToVerify([workflow], owners, RULES)).toEqual([]);
});

test('a lab that was accepted under another prefix keeps its namespace, and its pod counts there', () => {
  const workflow = aWorkflow({ namespace: 'old-rachel' });
  const namespace = aNamespace({ name: 'old-rachel' });
  expect(judgeNamespace(namespace, [workflow], RULES)).toEqual({ kind: 'examine', username: 'rachel' });
  expect(labsToVerify([workflow], new Map([['old-rachel', 'rachel']]), RULES)).toEqual([]);
  expect(labsToVerify([workflow], new Map(), RULES)).toEqual([{ kind: 'tell', username: 'rachel' }]);
});

test('a namespace of another prefix without a workflow is left alone and reported', () => {
  const problem = 'by its labels its name should be lab-rachel';
  expect(judgeNamespace(aNamespace({ name: 'old-rachel' }), [], RULES)).toEqual({
    kind: 'report',
    namespace: 'old-rachel',
    problem,
  });
});

test('a summary has the actions, and what was left alone with the reasons', () => {
  const reported = [{ namespace: 'lab-c', problem: 'its pod has no container notebook' }];
  expect(describeSummary({ adopted: ['a', 'b'], removed: [], told: [], reported })).toBe(
    'adopted (2): a, b\n\nleft alone: lab-c, its pod has no container notebook',
  );
  expect(describeSummary({ adopted: [], removed: [], told: [], reported: [] })).toBe(
    'cluster and workflows agree',
  );
});
