import {
  describeReconciliation,
  type FileServerWorkflow,
  type FoundFileServer,
  fileServersToVerify,
  judgeFileServer,
  type LabelledObject,
  mismatchOf,
  reportsOn,
  summaryOf,
} from '../../../src/domain/file-server-reconciliation';

const RULE = { graceMs: 120_000 };

const found = (changes: Partial<FoundFileServer> = {}): FoundFileServer => ({
  username: 'rachel',
  isServing: true,
  isLeaving: false,
  ageMs: 600_000,
  ...changes,
});

const aWorkflow = (changes: Partial<FileServerWorkflow> = {}): FileServerWorkflow => ({
  username: 'rachel',
  isRunning: true,
  ageMs: 600_000,
  ...changes,
});

const anObject = (changes: Partial<LabelledObject> = {}): LabelledObject => ({
  kind: 'Job',
  name: 'rachel-fs',
  username: 'rachel',
  ...changes,
});

test('without a workflow, one that serves is adopted however young it is', () => {
  expect(judgeFileServer(found({ ageMs: 0 }), RULE)).toEqual({ kind: 'adopt', username: 'rachel' });
});

test('what does not serve is left alone for the grace, and then removed', () => {
  expect(judgeFileServer(found({ isServing: false, ageMs: 119_999 }), RULE)).toBeNull();
  expect(judgeFileServer(found({ isServing: false, ageMs: 120_000 }), RULE)).toEqual({
    kind: 'remove',
    username: 'rachel',
  });
});

test.each([true, false])(
  'what is all being deleted is left alone, whether it serves or not: %s',
  (isServing) => {
    expect(judgeFileServer(found({ isServing, isLeaving: true }), RULE)).toBeNull();
  },
);

test.each([
  ['whose objects are not there', [], {}, true],
  ['whose objects do not serve', [found({ isServing: false })], {}, true],
  ['beside one of another user', [found({ username: 'lise' })], {}, true],
  ['that serves', [found()], {}, false],
  ['that is younger than the grace', [], { ageMs: 119_999 }, false],
  ['that is still being created, or is being removed', [], { isRunning: false }, false],
])('a file server %s is told to read its objects or not', (_case, some, changes, isTold) => {
  const told = isTold ? [{ kind: 'tell', username: 'rachel' }] : [];
  expect(fileServersToVerify([aWorkflow(changes)], some, RULE)).toEqual(told);
});

test.each([
  ['a job', anObject()],
  ['an Ingress', anObject({ kind: 'Ingress' })],
  ['a claim', anObject({ kind: 'PersistentVolumeClaim', name: 'rachel-fs-pvc-home' })],
  ['a claim of a name with many hyphens', anObject({ username: 'a-fs', name: 'a-fs-fs' })],
])('%s whose labels give its name is of the user', (_case, object) => {
  expect(mismatchOf(object)).toBeNull();
});

test.each([
  [
    'without a user',
    anObject({ username: null }),
    'it is labelled as part of a file server, but with no user',
  ],
  ['of the name of another user', anObject({ username: 'lise' }), 'by its labels its name should be lise-fs'],
  [
    'of a name that only begins alike',
    anObject({ name: 'rachel-fs-2' }),
    'by its labels its name should be rachel-fs',
  ],
  [
    'of the name of a claim',
    anObject({ name: 'rachel-fs-pvc-home' }),
    'by its labels its name should be rachel-fs',
  ],
])('a job %s is of no user', (_case, object, problem) => {
  expect(mismatchOf(object)).toBe(problem);
});

test.each(['lise-fs-pvc-home', 'rachel-fs', 'rachel-fs-pvc'])('a claim %s is not of rachel', (name) => {
  const object = anObject({ kind: 'PersistentVolumeClaim', name });
  expect(mismatchOf(object)).toBe('by its labels its name should begin with rachel-fs-pvc-');
});

test('a user whom no name can hold is known by the names that stand for theirs', () => {
  const username = 'ada.lovelace@example.org';
  const replaced = anObject({ username, name: 'ada-lovelace-example-org-fs' });
  const problem = mismatchOf(replaced) ?? '';
  expect(problem).toMatch(/^by its labels its name should be ada-lovelace-example-org-[0-9a-f]{20}--fs$/);
  const name = problem.split(' ').at(-1) ?? '';
  expect(mismatchOf({ ...replaced, name })).toBeNull();
});

test('objects that are of no user are reported by kind and name, the first hundred one by one', () => {
  const strange = Array.from({ length: 103 }, (_, index) => anObject({ name: `job-${index}` }));
  const problem = 'by its labels its name should be rachel-fs';

  expect(reportsOn([anObject(), anObject({ name: 'x' })])).toEqual([
    { kind: 'report', object: 'Job x', problem },
  ]);
  const many = reportsOn(strange);
  expect(many).toHaveLength(101);
  expect(many[0]).toEqual({ kind: 'report', object: 'Job job-0', problem });
  expect(many[100]).toEqual({
    kind: 'report',
    object: '3 further objects',
    problem: 'their labels and names do not agree either',
  });
});

test('the summary names users by action, and reported objects', () => {
  const summary = summaryOf([
    { kind: 'adopt', username: 'rachel' },
    { kind: 'remove', username: 'lise' },
    { kind: 'adopt', username: 'emmy' },
    { kind: 'tell', username: 'ada' },
    { kind: 'report', object: 'Job x', problem: 'it is odd' },
  ]);
  expect(summary).toEqual({
    adopted: ['rachel', 'emmy'],
    removed: ['lise'],
    told: ['ada'],
    reported: [{ object: 'Job x', problem: 'it is odd' }],
  });
  expect(describeReconciliation(summary)).toBe(
    [
      'adopted (2): rachel, emmy',
      'remains removed (1): lise',
      'told to read their objects (1): ada',
      'left alone: Job x, it is odd',
    ].join('\n\n'),
  );
  expect(describeReconciliation(summaryOf([]))).toBe('cluster and workflows agree');
});
