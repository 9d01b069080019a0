import {
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  proxyActivities,
  upsertMemo,
} from '@temporalio/workflow';
import { startedWith } from '../../../src/workflows/lifecycle/arguments';
import { CurrentStep } from '../../../src/workflows/lifecycle/current-step';
import { refusal } from '../../../src/workflows/lifecycle/failures';
import {
  handleCancellation,
  handleQuery,
  handleSignal,
  handleUpdate,
} from '../../../src/workflows/lifecycle/handlers';
import { ObjectTracker } from '../../../src/workflows/lifecycle/object-tracker';
import { InterruptibleStep, StandingOrder } from '../../../src/workflows/lifecycle/orders';
import { isRenewalDue, renewWhenIdle } from '../../../src/workflows/lifecycle/renewal';
import { Retention } from '../../../src/workflows/lifecycle/retention';
import { quick, quickAndAwaited } from '../../../src/workflows/lifecycle/retry-profiles';
import type { ClaimActivities } from './activities';
import type { ClaimInput, ClaimObservation, ClaimStatus } from './messages';
import { claimNews, release, steps } from './messages';
import { readClaimInput, readClaimNews, readRelease } from './readers';

/** A claim inside its workflow. */
class Claim {
  readonly tracker = new ObjectTracker<ClaimObservation>(
    (one, other) => one.uid !== other.uid || Number(one.resourceVersion) > Number(other.resourceVersion),
  );
  readonly step = new CurrentStep();
  readonly orders = new StandingOrder<'release'>();
  readonly interruptible = new InterruptibleStep();
  readonly done: string[] = [];
  private current: ClaimStatus = 'binding';

  constructor(readonly input: ClaimInput) {
    this.tracker.expect(input.id);
    if (input.claim) this.tracker.observe(input.claim);
  }

  get status(): ClaimStatus {
    return this.current;
  }

  get activities(): ClaimActivities {
    const { kubernetesRequestMs } = this.input.timeouts;
    const { createClaim, deleteClaim } = proxyActivities<ClaimActivities>(
      quickAndAwaited(kubernetesRequestMs),
    );
    const { readClaim } = proxyActivities<ClaimActivities>(quick(kubernetesRequestMs));
    return { createClaim, deleteClaim, readClaim };
  }

  /** The one place where the status changes. */
  publish(status: ClaimStatus): void {
    this.current = status;
    this.done.push(status);
    this.step.begin(status);
    upsertMemo({ claim: { status, since: new Date().toISOString() } });
  }

  orderRelease(): void {
    if (this.current === 'releasing') return;
    this.orders.place('release');
    this.publish('releasing');
    this.interruptible.interrupt();
  }
}

/** A claim for a volume, from the request until it is deleted. */
export const exampleClaim = startedWith('exampleClaim', readClaimInput, async (input) => {
  const claim = new Claim(input);
  handleSignal(claimNews, readClaimNews, ({ claims }) => {
    for (const observed of claims) claim.tracker.observe(observed);
  });
  handleUpdate(release, {
    read: readRelease,
    refuse: () => {
      if (claim.tracker.isGone) throw refusal('unknown_user', 'the claim is gone');
    },
    handle: async () => {
      claim.orderRelease();
      await condition(() => claim.tracker.isGone);
    },
  });
  handleQuery(steps, () => claim.done);
  handleCancellation(() => claim.orderRelease());
  await CancellationScope.nonCancellable(async () => {
    if (input.claim) await hold(claim);
    else await bind(claim);
    await remove(claim);
    await condition(allHandlersFinished);
  });
});

/** Creates the claim and waits until it is bound, within one deadline; then keeps it. */
async function bind(claim: Claim): Promise<void> {
  const { id, timeouts } = claim.input;
  claim.publish('binding');
  try {
    await claim.interruptible.run(timeouts.bindMs, async () => {
      claim.tracker.follow(await claim.activities.createClaim(id));
      while (claim.tracker.latest?.phase !== 'Bound') {
        const { revision } = claim.tracker;
        const isNews = await condition(() => claim.tracker.revision > revision, timeouts.checkMs);
        if (!isNews) claim.tracker.observeReadSince(revision, await claim.activities.readClaim(id));
      }
    });
  } catch (error) {
    if (!isCancellation(error)) throw error;
    if (!claim.orders.isPlaced) await keepFailed(claim);
    return;
  }
  claim.publish('bound');
  await hold(claim);
}

/** Keeps a bound claim until it is to be released; continues as new with the first check that finds nothing new. */
async function hold(claim: Claim): Promise<void> {
  const { id, timeouts } = claim.input;
  const hasWork = () => claim.orders.isPlaced;
  let isFirst = claim.input.claim === undefined;
  while (!hasWork()) {
    if (await condition(hasWork, timeouts.checkMs)) return;
    const { revision } = claim.tracker;
    claim.tracker.observeReadSince(revision, await claim.activities.readClaim(id));
    const observed = claim.tracker.latest;
    if (!observed || claim.tracker.isGone) return;
    if (isFirst || isRenewalDue()) {
      isFirst = false;
      await renewWhenIdle<typeof exampleClaim>(hasWork, () => [{ id, timeouts, claim: observed }]);
    }
  }
}

/** Keeps a failed claim readable until it is to be released, at most for its retention. */
async function keepFailed(claim: Claim): Promise<void> {
  claim.publish('failed');
  const retention = new Retention(new Date().toISOString(), claim.input.timeouts.retentionMs);
  await retention.wait(() => claim.orders.isPlaced);
}

async function remove(claim: Claim): Promise<void> {
  claim.orderRelease();
  claim.orders.take();
  await claim.activities.deleteClaim(claim.input.id);
  claim.tracker.observeRead(null);
}
