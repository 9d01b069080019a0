import { onePerDigest } from './images/collection';
import { pinnedReferenceOf } from './images/image';
import type { ImageOffer } from './images/offer';
import type { PodObservation } from './pod';
import { IMAGE_PULL, INVALID_IMAGE } from './pod-verdict';

/**
 * Type of the failure by which the creation of a pull's pod ends when a pod of another pull has its name; the first detail
 * is the UID of that pod. The workflow removes it and asks again.
 */
export const POD_IN_THE_WAY = 'PodInTheWay';

/** The pod of a pull by what identifies it. Earlier versions name only its place. */
export interface PullPod {
  readonly name: string;
  readonly namespace: string;
  /** The pull that it is labelled with. */
  readonly id?: string;
  /** Null as long as it is not known. */
  readonly uid?: string | null;
}

/** An image that a node lacks. Images of a node are identified by digest. */
export interface WantedPull {
  readonly node: string;
  /** `registry/repository:tag@digest`. */
  readonly reference: string;
  readonly tag: string;
  readonly digest: string;
  /** Display name. */
  readonly name: string;
}

/** An image that a node has pulled; the node's status may not list it yet. */
export interface PulledImage {
  readonly node: string;
  readonly digest: string;
}

/** A pull that will be tried again; `nextTryAt` is RFC 3339. */
export interface FailedPull {
  readonly node: string;
  readonly reference: string;
  readonly reason: string;
  readonly attempts: number;
  readonly nextTryAt: string;
}

/** The state of prepulling, for operators. */
export interface PrepullReport {
  readonly running: readonly { readonly node: string; readonly reference: string; readonly since: string }[];
  /** The first of those that have failed. */
  readonly failed: readonly FailedPull[];
  readonly failedCount: number;
  /** Pulls that wait for their node, or for the overall bound. */
  readonly waiting: number;
  /** Pulls that have succeeded since the workflow started. */
  readonly done: number;
}

/** Identifies a pull. Neither part can contain a space. */
export function pullKey({ node, digest }: PulledImage): string {
  return `${node} ${digest}`;
}

/** Exponential backoff of a failed pull: the first delay, doubled with each further failure. */
export function retryDelayMs(attempts: number, firstMs: number, maxMs: number): number {
  return Math.min(maxMs, firstMs * 2 ** Math.min(attempts - 1, 30));
}

/** A failure of a pull that may pass. */
export interface PullTrouble {
  /** The reason of the failed pull if it does not pass. */
  readonly reason: string;
  /** When patience with it ends, in milliseconds of the epoch. */
  readonly untilMs: number;
}

/** What the state of its pod means for a pull. */
export type PullVerdict =
  | { readonly kind: 'pulled' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'waiting'; readonly trouble: PullTrouble | null };

/** The reason between two attempts; its message lacks the cause. */
const BACK_OFF = 'ImagePullBackOff';

/**
 * Decides whether an image has been pulled, can still be, or has failed to be. `earlier` is the trouble of the last
 * verdict: patience counts from its first observation, and during a back-off its reason is kept.
 */
export function judgePull(
  pod: PodObservation | null,
  { nowMs, earlier }: { readonly nowMs: number; readonly earlier: PullTrouble | null },
  patienceMs: number,
): PullVerdict {
  if (pod?.phase === 'Succeeded') return { kind: 'pulled' };
  if (pod?.phase === 'Failed') return { kind: 'failed', reason: reasonWith('The pod failed', pod) };
  if (!pod || pod.reason === null || pod.isDeleting) return { kind: 'waiting', trouble: null };
  const isAboutImage = [...IMAGE_PULL, ...INVALID_IMAGE].includes(pod.reason);
  const reason = reasonWith(isAboutImage ? 'The image could not be pulled' : 'The pod could not start', pod);
  if (INVALID_IMAGE.includes(pod.reason)) return { kind: 'failed', reason };
  const trouble = {
    reason: earlier && pod.reason === BACK_OFF ? earlier.reason : reason,
    untilMs: earlier?.untilMs ?? nowMs + patienceMs,
  };
  return nowMs < trouble.untilMs ? { kind: 'waiting', trouble } : { kind: 'failed', reason: trouble.reason };
}

function reasonWith(what: string, { reason, message, exitCode }: PodObservation): string {
  const details = [reason, message, exitCode === null ? null : `exit code ${exitCode}`];
  const known = details.filter((detail) => detail !== null).join(', ');
  return known === '' ? what : `${what}: ${known}`;
}

/**
 * The images of the prepull set that eligible nodes lack: the recommended one on all nodes, then the others in the
 * order of menus, each digest once per node.
 */
export function missingPulls({ prepull, recommended, nodes }: ImageOffer): WantedPull[] {
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
        .map(({ name }) => ({
          node: name,
          tag,
          digest,
          reference: pinnedReferenceOf(image),
          name: image.displayName,
        }));
    },
  );
}

const MAX_POD_NAME_LENGTH = 253;

/**
 * The name of the pod that pulls a tag to a node: `prepull-<tag>-<node>`, made valid. No two pairs of tag and node have
 * the same name: one that had to be changed or cut, or whose tag contains a hyphen, ends with a hash of both.
 */
export function prepullPodName(tag: string, node: string): string {
  const plain = `prepull-${tag}-${node}`;
  const valid = validName(plain);
  if (valid === plain && !tag.includes('-')) return plain;
  const suffix = `-${fingerprint(`${tag} ${node}`)}`;
  return `${withoutTrailingPunctuation(valid.slice(0, MAX_POD_NAME_LENGTH - suffix.length))}${suffix}`;
}

function validName(text: string): string {
  const characters = text
    .toLowerCase()
    .replaceAll('_', '-')
    .replace(/[^a-z0-9.-]/g, '');
  // Next to a dot there must be a letter or digit.
  const name = characters.replace(/[.-]{2,}/g, (run) => (run.includes('.') ? '-' : run));
  return withoutTrailingPunctuation(name.slice(0, MAX_POD_NAME_LENGTH));
}

function withoutTrailingPunctuation(name: string): string {
  return name.replace(/(?<![.-])[.-]+$/, '');
}

/** FNV-1a of 64 bits; workflows cannot import `node:crypto`. */
function fingerprint(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const character of text) {
    hash ^= BigInt(character.codePointAt(0) ?? 0);
    hash = BigInt.asUintN(64, hash * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, '0');
}
