import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import { condition, isCancellation, log, metricMeter, proxyActivities } from '@temporalio/workflow';
import type { PrepullActivities } from '../../activities/prepull';
import { errorMessage } from '../../domain/errors';
import { judgePull, POD_IN_THE_WAY, type PullPod } from '../../domain/prepull';
import { causeOf } from '../lifecycle/failures';
import { quickAndAwaited, readOnce } from '../lifecycle/retry-profiles';
import type { PrepullSettings } from './messages';
import type { RunningPull } from './running-pull';
import type { PrepullState, PullOutcome } from './state';

type Settings = Required<PrepullSettings>;

/** Maximum number of requests in one attempt of an activity. */
const REQUESTS = 3;

/** Records the end of a pull in the metrics, which are not there yet when modules are loaded. */
function count({ kind: outcome }: PullOutcome, seconds: number): void {
  metricMeter
    .createCounter('nublado_prepull', undefined, 'Pulls that have ended, by outcome.')
    .add(1, { outcome });
  if (outcome === 'stopped') return;
  const about = 'How long pulls took, from the order for the pod to its end.';
  metricMeter
    .createHistogram('nublado_prepull_duration_seconds', 'float', 's', about)
    .record(seconds, { outcome });
}

/** Pulls one image to one node: creates the pod, waits for its end within the timeout, and removes it. */
export async function runPull(state: PrepullState, running: RunningPull, settings: Settings): Promise<void> {
  const outcome = await attempt(state, running, settings);
  running.beginRemoval();
  const seconds = (Date.now() - running.sinceMs) / 1000;
  await removePod({ name: running.podName, id: running.id, uid: running.podUid }, settings);
  const failure = state.settle(running, outcome);
  count(outcome, seconds);
  const { node, reference } = running.pull;
  if (outcome.kind === 'pulled') log.info('image prepulled', { node, image: reference, seconds });
  else if ('reason' in outcome) {
    const { attempts = 1, nextTryAt = null } = failure ?? {};
    const facts = { node, image: reference, reason: outcome.reason, attempts, nextTryAt };
    log.warn('image could not be prepulled', facts);
  }
}

/**
 * Removes a pod in any state, and no other one of its name. A pod that cannot be removed is left to the next start of
 * the workflow.
 */
export async function removePod(pod: Omit<PullPod, 'namespace'>, settings: Settings): Promise<void> {
  const { namespace } = settings;
  const { name } = pod;
  const { deletePrepullPod } = prepullActivities(settings);
  try {
    const summary = `Removing pod ${name}`;
    await deletePrepullPod.executeWithOptions({ summary }, [{ ...pod, namespace }]);
  } catch (error) {
    log.warn('prepull pod could not be removed', { pod: name, reason: reasonOf(error) });
  }
}

/**
 * Reads all prepull pods with one request: pulls observe what they may have missed, and pods that belong to no pull
 * under way, such as those of a terminated workflow, are removed. A cluster that is away changes nothing.
 */
export async function readPods(state: PrepullState, settings: Settings): Promise<void> {
  const { readPrepullPods } = prepullActivities(settings);
  // Of a pull that begins meanwhile the list may not know the pod.
  const waiting = state.runningPulls.filter(({ isWaiting }) => isWaiting);
  for (const running of waiting) running.beginRead(Date.now());
  try {
    const pods = await readPrepullPods({ namespace: settings.namespace });
    const found = new Map(pods.map(({ pod }) => [pod.uid, pod]));
    for (const { pod, podUid } of waiting) pod.observeRead(found.get(podUid ?? '') ?? null);
    const ids = new Set(state.runningPulls.map(({ id }) => id));
    const strays = pods.filter(({ pod }) => pod.spawnId === null || !ids.has(pod.spawnId));
    await Promise.all(strays.map(({ name, pod }) => removePod({ name, uid: pod.uid }, settings)));
  } catch (error) {
    log.warn('prepull pods could not be read', { error });
  }
}

function attempt(state: PrepullState, running: RunningPull, settings: Settings): Promise<PullOutcome> {
  const leftMs = running.sinceMs + settings.timeoutMs - Date.now();
  return running.runCancellable<PullOutcome>(
    leftMs,
    async () => {
      if (running.podUid === null) await createPod(state, running, settings);
      return await podEnded(running, settings);
    },
    (error, isCancelled) => {
      if (state.isStopped) return { kind: 'stopped' };
      if (!isCancelled && !isCancellation(error)) return { kind: 'failed', reason: reasonOf(error) };
      const why = running.trouble ? `: ${running.trouble.reason}` : '';
      return { kind: 'timeout', reason: `The pull took longer than ${settings.timeoutMs / 1000} s${why}` };
    },
  );
}

async function createPod(state: PrepullState, running: RunningPull, settings: Settings): Promise<void> {
  const { id, podName: name, pull } = running;
  const { namespace, pullSecret, tolerations } = settings;
  const { createPrepullPod } = prepullActivities(settings);
  const summary = `Pulling ${pull.tag} to ${pull.node}`;
  const input = { id, name, namespace, node: pull.node, reference: pull.reference, pullSecret, tolerations };
  for (let uid: string | null = null; uid === null; ) {
    try {
      uid = await createPrepullPod.executeWithOptions({ summary }, [input]);
      running.beginWait(uid, Date.now());
    } catch (error) {
      const other = podInTheWay(error);
      if (other === null) throw error;
      await removePod({ name, uid: other }, settings);
    }
  }
  state.touch();
}

/** The UID of a pod that has the name of the pod to create and belongs to another pull, which is over. */
function podInTheWay(error: unknown): string | null {
  const cause = error instanceof ActivityFailure ? error.cause : null;
  if (!(cause instanceof ApplicationFailure) || cause.type !== POD_IN_THE_WAY) return null;
  const uid: unknown = cause.details?.[0];
  return typeof uid === 'string' ? uid : null;
}

/** Waits for the pod's end, or for the end of patience with an obstacle. */
async function podEnded(running: RunningPull, settings: Settings): Promise<PullOutcome> {
  for (;;) {
    const nowMs = Date.now();
    const { latest, isGone, revision } = running.pod;
    const verdict = judgePull(latest, { nowMs, earlier: running.trouble }, settings.imagePullPatienceMs);
    if (verdict.kind === 'pulled') return { kind: 'pulled' };
    if (verdict.kind === 'failed') return { kind: 'failed', reason: verdict.reason };
    if (isGone) return { kind: 'failed', reason: 'The pod was deleted before it had pulled the image' };
    running.setTrouble(verdict.trouble);
    const isNews = () => running.pod.revision > revision;
    if (verdict.trouble) await condition(isNews, verdict.trouble.untilMs - nowMs);
    else await condition(isNews);
  }
}

function reasonOf(error: unknown): string {
  return errorMessage(causeOf(error));
}

/** The activities of prepulling, with timeouts for the request timeout of its settings. */
function prepullActivities({ kubernetesRequestMs }: { readonly kubernetesRequestMs: number }) {
  // The pod is deleted afterwards: a create must not arrive after that.
  const options = quickAndAwaited(kubernetesRequestMs, REQUESTS);

  const { createPrepullPod, deletePrepullPod } = proxyActivities<PrepullActivities>(options);

  /** A read that is repeated regularly, so it is given up after one attempt. */
  const { readPrepullPods } = proxyActivities<PrepullActivities>({
    ...options,
    ...readOnce(kubernetesRequestMs),
    summary: 'Looking at the prepull pods',
  });

  return { createPrepullPod, deletePrepullPod, readPrepullPods };
}
