import {
  decide,
  describeSummary,
  type Facts,
  type LabContent,
  type NamespaceFacts,
  unaccountedOwner,
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
  ...changes,
});

function decided(facts: Partial<Facts>, content: LabContent | null = null) {
  const contents = new Map(content ? [['lab-rachel', content]] : []);
  const nothing = { namespaces: [], workflows: [], podOwners: new Map<string, string>(), contents };
  return decide({ ...nothing, ...facts }, RULES);
}

const WHOLE = { kind: 'whole' } as const;
const INCOMPLETE = { kind: 'incomplete' } as const;
const UNREADABLE = { kind: 'unreadable', problem: 'its quota is no quantity' } as const;
const SUBJECT = { username: 'rachel', namespace: 'lab-rachel' };

test.each([
  ['a whole lab is adopted', WHOLE, { kind: 'adopt', ...SUBJECT }],
  ['an incomplete lab is removed', INCOMPLETE, { kind: 'remove', ...SUBJECT }],
  [
    'a lab that cannot be read is reported and kept',
    UNREADABLE,
    { kind: 'report', namespace: 'lab-rachel', problem: 'its quota is no quantity' },
  ],
])('without a workflow, %s', (_case, content, decision) => {
  expect(decided({ namespaces: [aNamespace()] }, content)).toEqual([decision]);
});

test.each([
  ['has an open workflow', { namespaces: [aNamespace()], workflows: [aWorkflow({ status: 'pending' })] }],
  ['is on its way out', { namespaces: [aNamespace({ isTerminating: true })] }],
  [
    'is on its way out, whatever its labels',
    { namespaces: [aNamespace({ isTerminating: true, name: 'x' })] },
  ],
  ['is younger than the grace', { namespaces: [aNamespace({ ageMs: 119_999 })] }],
])('a namespace is left alone that %s', (_case, facts) => {
  expect(decided(facts, INCOMPLETE)).toEqual([]);
});

test('a namespace is left alone that was not looked into, because its workflow was found after all', () => {
  expect(decided({ namespaces: [aNamespace()] })).toEqual([]);
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
  expect(unaccountedOwner(namespace, [], RULES)).toBeNull();
  expect(decided({ namespaces: [namespace] }, INCOMPLETE)).toEqual([
    { kind: 'report', namespace: namespace.name, problem },
  ]);
});

test('a running lab without a pod is told', () => {
  expect(decided({ workflows: [aWorkflow()] })).toEqual([{ kind: 'tell', username: 'rachel' }]);
});

test.each([
  ['that has its pod', aWorkflow(), ['rachel']],
  ['that has only just become running', aWorkflow({ ageMs: 1_000 }), []],
  ['that is pending', aWorkflow({ status: 'pending' }), []],
  ['that is terminating', aWorkflow({ status: 'terminating' }), []],
  ['that has failed', aWorkflow({ status: 'failed' }), []],
  ['that is being removed', aWorkflow({ status: null }), []],
])('a lab is told nothing %s', (_case, workflow, podOwners) => {
  expect(
    decided({ workflows: [workflow], podOwners: new Map(podOwners.map((owner) => [`lab-${owner}`, owner])) }),
  ).toEqual([]);
});

test('a lab that was accepted under another prefix keeps its namespace, and its pod counts there', () => {
  const workflow = aWorkflow({ namespace: 'old-rachel' });
  const namespace = aNamespace({ name: 'old-rachel' });
  const podOwners = new Map([['old-rachel', 'rachel']]);
  expect(decided({ namespaces: [namespace], workflows: [workflow], podOwners })).toEqual([]);
  expect(decided({ namespaces: [namespace], workflows: [workflow] })).toEqual([
    { kind: 'tell', username: 'rachel' },
  ]);
});

test('a namespace of another prefix that no workflow knows is left alone and reported', () => {
  const problem = 'by its labels its name should be lab-rachel';
  expect(decided({ namespaces: [aNamespace({ name: 'old-rachel' })] }, INCOMPLETE)).toEqual([
    { kind: 'report', namespace: 'old-rachel', problem },
  ]);
});

test('a summary says what was done, and what was left alone and why', () => {
  const reported = [{ namespace: 'lab-c', problem: 'its pod has no container notebook' }];
  expect(describeSummary({ adopted: ['a', 'b'], removed: [], told: [], reported })).toBe(
    'adopted (2): a, b\n\nleft alone: lab-c, its pod has no container notebook',
  );
  expect(describeSummary({ adopted: [], removed: [], told: [], reported: [] })).toBe(
    'cluster and workflows agree',
  );
});
