import { WATCH_WORKFLOW_ID } from '../../src/workflow-clients/watch';
import type { ControllerProcess } from '../../stack/controller';
import { settle } from '../support/checker';
import { eventually } from '../support/eventually';
import { aFaultyWorld, aRunningLab, behave, type FaultyWorld } from '../support/faults';

/* Two watchers, of which one watches: what becomes of the watch when that one is stopped (SIGSTOP) or killed. */

let world: FaultyWorld;
let watchers: ControllerProcess[];

beforeAll(async () => {
  world = await aFaultyWorld();
  [, , ...watchers] = await Promise.all(
    (['api', 'worker', 'watcher', 'watcher'] as const).map((command) => world.start(command)),
  );
});

afterAll(() => world.stop());

/** Who has the watch, and in which attempt. */
async function watch() {
  const { raw } = await world.temporal.workflow.getHandle(WATCH_WORKFLOW_ID).describe();
  const { attempt, lastHeartbeatTime, lastWorkerIdentity } = raw.pendingActivities?.[0] ?? {};
  const pid = Number.parseInt(lastWorkerIdentity ?? '', 10);
  return { attempt: attempt ?? 0, pid, beatAt: Number(lastHeartbeatTime?.seconds ?? 0) };
}

test.each<['stopped' | 'killed', 'SIGSTOP' | 'SIGKILL']>([
  ['stopped', 'SIGSTOP'],
  ['killed', 'SIGKILL'],
])(
  'the next attempt after a watcher that was %s is given to the one that stands by',
  async (_what, signal) => {
    const lab = await aRunningLab(world);
    const before = await eventually(watch, ({ beatAt }) => beatAt > 0);
    const standby = watchers.find(({ pid }) => pid !== before.pid);

    process.kill(before.pid, signal);
    await behave(world, lab, 'exit-0');
    await eventually(
      () => world.hub.poll(lab.username),
      (exit) => exit !== null,
    );

    expect(await watch()).toMatchObject({ pid: standby?.pid, attempt: before.attempt + 1 });
    if (signal === 'SIGSTOP') process.kill(before.pid, 'SIGCONT');
    await expect(settle(world, { [lab.username]: 'gone' })).resolves.toBeUndefined();
  },
);
