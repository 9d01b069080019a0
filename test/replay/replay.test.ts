import { readdirSync, readFileSync } from 'node:fs';
import { Worker } from '@temporalio/worker';
import { LAB_STATUSES } from '../../src/domain/lab';
import { END_OUTCOMES, ENDED_BY, FAILURE_REASONS } from '../../src/domain/lab-end';
import { HISTORIES } from '../support/history-recorder';
import { quietenRuntime } from '../support/quiet-runtime';
import { workflowBundle } from '../support/workflow-bundle';
import { LAB_HISTORIES, OTHER_HISTORIES } from './exits';
import { lifeInWords, publishedLife } from './published-life';
import { parseHistory, savedHistory } from './saved-history';

/**
 * Recorded histories through the present workflows: a change of what workflows do must not break labs that
 * run already. The guide of development says how a history is recorded.
 */

const names = readdirSync(HISTORIES).map((file) => file.replace(/\.json$/, ''));

beforeAll(quietenRuntime);

/** Replays a history; gives what is wrong with it. */
async function replay(text: string): Promise<Error | undefined> {
  const options = { workflowBundle: await workflowBundle() };
  const histories = [{ workflowId: 'lab-rachel', history: parseHistory(text) }];
  for await (const { error } of Worker.runReplayHistories(options, histories)) return error;
  throw new Error('nothing was replayed');
}

const typeOf = (name: string) =>
  parseHistory(savedHistory(name)).events?.[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name;

test('the list of histories names every file, and nothing else', () => {
  expect([...Object.keys(LAB_HISTORIES), ...Object.keys(OTHER_HISTORIES)].toSorted()).toEqual(
    names.toSorted(),
  );
});

test.each(Object.entries(LAB_HISTORIES))('the history %s holds the life that is listed', (name, life) => {
  expect(typeOf(name)).toBe('lab');
  expect(lifeInWords(parseHistory(savedHistory(name)))).toBe(life);
});

test.each(Object.entries(OTHER_HISTORIES))('the history %s is of a workflow of type %s', (name, type) => {
  expect(typeOf(name)).toBe(type);
});

test('every status, reason of failure, outcome, and who can end a lab, is in a history', () => {
  const steps = Object.keys(LAB_HISTORIES).flatMap((name) => publishedLife(parseHistory(savedHistory(name))));
  const missing = (wanted: readonly string[], found: readonly (string | null | undefined)[]) =>
    wanted.filter((value) => !found.includes(value));

  expect({
    statuses: missing(
      LAB_STATUSES,
      steps.map(({ status }) => status),
    ),
    reasons: missing(
      FAILURE_REASONS,
      steps.map(({ reason }) => reason),
    ),
    outcomes: missing(
      END_OUTCOMES,
      steps.map(({ end }) => end?.outcome),
    ),
    enders: missing(
      ENDED_BY,
      steps.map(({ end }) => end?.by),
    ),
  }).toEqual({ statuses: [], reasons: [], outcomes: [], enders: [] });
});

test('every type of workflow has a history', () => {
  const index = readFileSync(require.resolve('../../src/workflows/index'), 'utf8');
  const types = [...index.matchAll(/^export \{ (\w+) \}/gm)].map(([, type = '']) => type);

  expect(types.toSorted()).toEqual([...new Set(['lab', ...Object.values(OTHER_HISTORIES)])].toSorted());
});

test.each(names)(
  'the history %s still replays',
  async (name) => {
    expect(await replay(savedHistory(name))).toBeUndefined();
  },
  30_000,
);

test('a history that the present workflows would not write is detected', async () => {
  const other = savedHistory('spawn-run-delete').replaceAll('"deletePod"', '"removePod"');
  expect((await replay(other))?.name).toBe('DeterminismViolationError');
}, 30_000);
