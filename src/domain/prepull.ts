import { onePerDigest } from './images/collection';
import { pinnedReferenceOf } from './images/image';
import type { ImageOffer } from './images/image-offer';

/** One image to be pulled by one node. */
export interface Pull {
  readonly node: string;
  readonly tag: string;
  readonly digest: string;
  /** `registry/repository:tag@digest`. */
  readonly reference: string;
}

/** What has failed of the pulls of an image by a node. */
export interface PullFailure {
  readonly node: string;
  readonly digest: string;
  /** In a row. */
  readonly attempts: number;
  readonly failedAtMs: number;
}

/** What a prepuller does next. */
export interface PullPlan {
  readonly start: readonly Pull[];
  /** Of those that run, the ones that nothing wants any more. */
  readonly obsolete: readonly Pull[];
  /** The failures that still matter. */
  readonly failures: readonly PullFailure[];
  /** When the next pull may be tried again; null if none waits for that. */
  readonly retryAtMs: number | null;
}

/** How many pulls may run at once in the whole cluster, and the present, in milliseconds. */
export interface PullLimits {
  readonly overallBound: number;
  readonly nowMs: number;
}

const FIRST_BACK_OFF_MS = 60_000;
const MAX_BACK_OFF_MS = 3_600_000;

/**
 * What eligible nodes lack of the prepull set: the recommended image on all nodes, then the others in the order of
 * menus, each digest once per node.
 */
export function missingPulls({ prepull, recommended, nodes }: ImageOffer): Pull[] {
  const eligible = nodes
    .filter(({ isEligible }) => isEligible)
    .map(({ name, digests }) => ({ name, digests: new Set(digests) }));
  const images = onePerDigest(prepull);
  const isRecommended = ({ digest }: { digest: string | null }) => digest === recommended?.digest;
  return [...images.filter(isRecommended), ...images.filter((image) => !isRecommended(image))].flatMap(
    (image) => {
      const { tag, digest } = image;
      if (digest === null) return [];
      return eligible
        .filter(({ digests }) => !digests.has(digest))
        .map(({ name }) => ({ node: name, tag, digest, reference: pinnedReferenceOf(image) }));
    },
  );
}

/**
 * Chooses which of the wanted pulls to start, in their order: one at a time per node, and no more than the bound
 * in all. What has failed waits a minute, and twice as long each further time, up to an hour.
 */
export function nextPulls(
  wanted: readonly Pull[],
  running: readonly Pull[],
  failures: readonly PullFailure[],
  { overallBound, nowMs }: PullLimits,
): PullPlan {
  const keys = new Set(wanted.map(keyOf));
  const relevant = failures.filter((failure) => keys.has(keyOf(failure)));
  const dueMs = new Map(relevant.map((failure) => [keyOf(failure), dueMsOf(failure)]));
  const busy = new Set(running.map(({ node }) => node));
  const start: Pull[] = [];
  for (const pull of wanted) {
    if (running.length + start.length >= overallBound) break;
    if (busy.has(pull.node) || (dueMs.get(keyOf(pull)) ?? nowMs) > nowMs) continue;
    busy.add(pull.node);
    start.push(pull);
  }
  const waiting = [...dueMs.values()].filter((due) => due > nowMs);
  return {
    start,
    obsolete: running.filter((pull) => !keys.has(keyOf(pull))),
    failures: relevant,
    retryAtMs: waiting.length === 0 ? null : Math.min(...waiting),
  };
}

/** The failures with one more. */
export function withFailure(failures: readonly PullFailure[], pull: Pull, nowMs: number): PullFailure[] {
  const key = keyOf(pull);
  const { node, digest } = pull;
  const attempts = 1 + (failures.find((failure) => keyOf(failure) === key)?.attempts ?? 0);
  return [
    ...failures.filter((failure) => keyOf(failure) !== key),
    { node, digest, attempts, failedAtMs: nowMs },
  ];
}

/** Names of nodes have no space. */
const keyOf = ({ node, digest }: { node: string; digest: string }) => `${node} ${digest}`;

const dueMsOf = ({ attempts, failedAtMs }: PullFailure) =>
  failedAtMs + Math.min(MAX_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** (attempts - 1));
