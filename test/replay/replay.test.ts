import { readdirSync } from 'node:fs';
import { Worker } from '@temporalio/worker';
import { HISTORIES } from '../support/history-recorder';
import { quietenRuntime } from '../support/quiet-runtime';
import { workflowBundle } from '../support/workflow-bundle';
import { parseHistory, savedHistory } from './saved-history';

/**
 * Recorded histories through the present workflows: a change of what workflows do must not break labs that
 * run already. `RECORD_HISTORIES=1 npm run jest -- test/workflows --selectProjects servers` records anew,
 * which is right only when no workflow of the old code is open anywhere.
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

test('every main path has a history', () => {
  expect(names).toEqual(
    expect.arrayContaining([
      'spawn-run-delete',
      'failed-spawn',
      'delete-during-spawn',
      'respawn-during-removal',
      'spawn-continue-as-new',
      'continued-as-new',
      'adopted-running',
      'adopted-pending',
      'stuck-namespace',
      'creation-obstacle',
      'lost-node',
      'exit-removed',
      'exit-told-to-hub',
      'exit-beside-others',
      'crash-loop',
      'init-container-retried',
      'notice-taken-back',
      'prepull',
      'prepull-new-list',
      'prepull-retried',
      'prepull-timeout',
      'prepull-cancelled',
      'prepull-continued-as-new',
      'image-catalogue',
      'image-catalogue-continued-as-new',
      'refresh-images',
      'refresh-images-failed',
    ]),
  );
});

test.each(names)(
  '%s still replays',
  async (name) => {
    expect(await replay(savedHistory(name))).toBeUndefined();
  },
  30_000,
);

test('a history that the present workflows would not write is noticed', async () => {
  const other = savedHistory('spawn-run-delete').replaceAll('"deletePod"', '"removePod"');
  expect((await replay(other))?.name).toBe('DeterminismViolationError');
}, 30_000);
