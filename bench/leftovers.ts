import { setTimeout as delay } from 'node:timers/promises';
import type { Violation } from './checker';
import type { ClusterView } from './cluster-view';
import type { Observers } from './observers';

/** Time for eventually consistent facts, in milliseconds: cached lists, visibility of workflows. */
const AGREEMENT_LIMIT_MS = 60_000;
const REMOVAL_LIMIT_MS = 180_000;

/** Waits until nothing of any lab is left, or until the timeout. Returns what still exists. */
export async function leftovers({
  view,
  observers,
}: {
  readonly view: ClusterView;
  readonly observers: Observers;
}): Promise<Violation[]> {
  await view.quiet(REMOVAL_LIMIT_MS).catch(() => undefined);
  const deadline = performance.now() + AGREEMENT_LIMIT_MS;
  for (;;) {
    const { namespaces, pods, workflows } = await observers.ask([]);
    const left = [
      ...namespaces.map(({ username, name }) => ({ username, what: `namespace ${name}` })),
      ...pods.map(({ username, name }) => ({ username, what: `pod ${name}` })),
      ...workflows.map(({ username }) => ({ username, what: 'an open workflow' })),
    ];
    if (left.length === 0 || performance.now() > deadline) {
      return left.map(
        ({ username, what }): Violation => ({
          kind: 'orphaned',
          username,
          message: `${what} is left after the removal`,
        }),
      );
    }
    await delay(1_000);
  }
}
