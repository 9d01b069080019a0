import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScheduleNotFoundError } from '@temporalio/client';
import type { ControllerProcess } from '../../stack/controller';
import { pushImages } from '../../stack/registry/push';
import { startStack } from '../../stack/start';
import { eventually } from '../support/eventually';
import { type World, worldOn } from '../support/world';

/** No schedule starts a second pass by itself in the time of the tests. */
const CONFIG = readFileSync(join(__dirname, '../data/e2e/images.yaml'), 'utf8').replace(
  'refreshInterval: 2s',
  'refreshInterval: 1h',
);

/** What operators do by hand in Temporal to what must always run. */
let world: World;
let worker: ControllerProcess;
let watcher: ControllerProcess;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'always-running-'));
  const configFile = join(directory, 'config.yaml');
  const stack = await startStack({ name: `always-running-${process.pid}`, registry: true });
  const registry = stack.registry?.openHost ?? '';
  writeFileSync(configFile, CONFIG.replace('REGISTRY', registry));
  world = await worldOn(stack, { configFile });
  await pushImages(registry, 'example/sketchbook', [{ tag: 'w_2077_40', content: 'w_2077_40' }]);
  [worker, watcher] = await Promise.all([world.start('worker'), world.start('watcher')]);
});

afterAll(async () => {
  await world.stop();
  rmSync(directory, { recursive: true });
});

const workflow = (id: string) => world.temporal.workflow.getHandle(id);
const schedule = (id: string) => world.temporal.schedule.getHandle(id);

/** A metric of the worker's page, by its name with its labels. */
async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${worker.opsUrl}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return Number(line?.slice(name.length));
}

/** Waits until another run of a workflow is open than before. */
async function untilStartedAgain(id: string, runId: string): Promise<void> {
  await eventually(
    () => workflow(id).describe(),
    (description) => description.runId !== runId && description.status.name === 'RUNNING',
  );
}

test.each(['watch-labs', 'image-catalogue', 'labs-reconciled'])(
  'workflow %s is there again after it was terminated, with what its memo held',
  async (id) => {
    const before = await eventually(
      () =>
        workflow(id)
          .describe()
          .catch(() => null),
      (description) => description?.status.name === 'RUNNING',
    );
    await workflow(id).terminate('by hand');
    await untilStartedAgain(id, before?.runId ?? '');

    const { memo } = await workflow(id).describe();
    expect(Object.keys(memo ?? {}).toSorted()).toEqual(Object.keys(before?.memo ?? {}).toSorted());
    expect(memo?.['catalogue']).toEqual(before?.memo?.['catalogue']);
  },
);

test.each(['reconcile-labs', 'refresh-images'])(
  'schedule %s is there again after it was deleted',
  async (id) => {
    const before = await schedule(id).describe();
    await schedule(id).delete();
    const after = await eventually(
      () =>
        schedule(id)
          .describe()
          .catch((error: unknown) => {
            if (error instanceof ScheduleNotFoundError) return null;
            throw error;
          }),
      (description) => description !== null,
    );

    expect(after?.spec.intervals).toEqual(before.spec.intervals);
    expect(after?.state.paused).toBe(false);
  },
);

test('a paused schedule stays paused, and the metrics show that until it is resumed', async () => {
  const name = 'nublado_schedule_paused{schedule="reconcile-labs"}';
  expect(await metric(name)).toBe(0);
  await schedule('reconcile-labs').pause('the cluster is being moved');
  await eventually(
    () => metric(name),
    (value) => value === 1,
  );
  const { runId } = await workflow('watch-labs').describe();
  // Its loss has everything checked at once.
  await workflow('watch-labs').terminate('by hand');
  await untilStartedAgain('watch-labs', runId);
  expect((await schedule('reconcile-labs').describe()).state.note).toBe('the cluster is being moved');
  await schedule('reconcile-labs').unpause('it has been moved');

  expect(
    await eventually(
      () => metric(name),
      (value) => value === 0,
    ),
  ).toBe(0);
});

test('the metrics show for how long no watcher has run, until another one does', async () => {
  const age = () => metric('nublado_watch_checkpoint_age_seconds');
  await eventually(age, (seconds) => seconds < 10);
  await watcher.kill('SIGKILL');
  // No watch that runs lets it become so old.
  const oldest = await eventually(age, (seconds) => seconds > 15);
  watcher = await world.start('watcher');

  expect(await eventually(age, (seconds) => seconds < 10)).toBeLessThan(oldest);
});
