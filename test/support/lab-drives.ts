import { ApplicationFailure } from '@temporalio/common';
import type { LabRecord } from '../../src/domain/lab';
import type { FailureReason, LabFailure } from '../../src/domain/lab-end';
import type { LabTimeouts } from '../../src/workflows/lab/messages';
import { aPod, type PodBuilder } from './builders';
import { eventually } from './eventually';
import type { LabUnderTest } from './lab-under-test';

type Change = (pod: PodBuilder) => PodBuilder;

/** Brings a lab that has not been started to a state. */
export type Drive = (lab: LabUnderTest) => Promise<unknown>;

/** A lab whose pod changes while it starts. */
export const starting =
  (change: Change): Drive =>
  async (lab) => {
    await lab.start();
    await lab.podExists();
    await lab.podBecomes(change);
  };

/** A lab whose pod changes while it runs. */
export const running =
  (change: Change): Drive =>
  async (lab) => {
    await lab.startRunning();
    await lab.podBecomes(change);
  };

/** A lab whose objects can never be created. */
export const refused =
  (type?: FailureReason): Drive =>
  async (lab) => {
    lab.cluster.break('create', ApplicationFailure.nonRetryable('refused', type));
    await lab.start();
  };

/** A running lab whose deletion has a lasting obstacle. */
export const meetingObstacle =
  (change: Change): Drive =>
  async (lab) => {
    await lab.startRunning();
    lab.cluster.isPodStubborn = true;
    await lab.podBecomes(change);
    await failingRemoval(lab);
  };

/** A lab that has failed, and further steps. */
export const failedThen =
  (next: Drive): Drive =>
  async (lab) => {
    await starting((pod) => pod.failed())(lab);
    await lab.until('failed');
    await next(lab);
  };

/** A lab that has exited, and further steps. */
export const exitedThen =
  (next: Drive): Drive =>
  async (lab) => {
    await running((pod) => pod.succeeded())(lab);
    await lab.until('terminated');
    await next(lab);
  };

/** A running lab whose deletion waits for its pod, and further steps. */
export const whileDeleting =
  (next: Drive): Drive =>
  async (lab) => {
    await lab.startRunning();
    lab.cluster.isPodStubborn = true;
    const { answer } = await lab.beginRemoval();
    await eventually(async () => lab.cluster.pod?.isDeleting, Boolean);
    await next(lab);
    await answer;
  };

/** A lab of another controller. */
export const adopted =
  (change: Change, record: Partial<LabRecord>, next: Drive = async () => undefined): Drive =>
  async (lab) => {
    const pod = change(aPod(null, 'foreign'));
    lab.cluster.holdForeignLab(pod);
    await lab.adopt(pod, { since: new Date().toISOString(), ...record });
    await next(lab);
  };

/** Deletes the lab, which fails. */
export async function failingRemoval(lab: LabUnderTest): Promise<void> {
  await expect(lab.remove()).rejects.toMatchObject({ cause: { type: 'delete_failed' } });
}

/** Replaces the lab, and lets the next one run. */
export async function replaced(lab: LabUnderTest): Promise<void> {
  const { operationId } = await lab.respawn();
  await eventually(
    async () => lab.cluster.pod?.spawnId,
    (spawnId) => spawnId === operationId,
  );
  await lab.podRuns();
}

/** Waits until the lab has published an obstacle. */
export const obstacleTold = (lab: LabUnderTest) =>
  eventually(
    () => lab.record(),
    ({ obstacle }) => obstacle !== undefined,
  );

/**
 * The failure, and the timeout, of a spawn whose timeout ended after the workflow had handled everything that `prepare`
 * did. Where the machine is too slow for that, another spawn begins with twice the timeout.
 */
export async function outOfTime(
  aLab: (limits: Partial<LabTimeouts>) => LabUnderTest,
  prepare: Drive,
): Promise<{ readonly failure: LabFailure | null; readonly seconds: number }> {
  for (let spawnMs = 2_000; ; spawnMs *= 2) {
    const lab = aLab({ spawnMs });
    await lab.start();
    const failed = lab.until('failed');
    const prepared = prepare(lab).then(() => lab.settled());
    prepared.catch(() => undefined);
    const history = await Promise.race([prepared, failed.then(() => null)]);
    if (history?.events?.some(({ timerFiredEventAttributes: fired }) => fired) !== false) continue;
    return { failure: (await failed).failure, seconds: spawnMs / 1000 };
  }
}
