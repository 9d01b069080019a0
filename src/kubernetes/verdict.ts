import { type KubernetesError, toKubernetesError } from './errors';

/**
 * What the caller should do about an error. `retry` after at least `afterMs`, or by the caller's policy when that is
 * null; the caller adds jitter.
 */
export type Verdict =
  | { readonly kind: 'notFound' }
  | { readonly kind: 'alreadyExists' }
  /** The precondition failed: another object has the name. */
  | { readonly kind: 'replaced' }
  | { readonly kind: 'retry'; readonly afterMs: number | null }
  | { readonly kind: 'quotaExceeded' }
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'invalid' }
  | { readonly kind: 'unauthorized' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'aborted' }
  /** Not an error of a Kubernetes request: a bug, or a failure of another service. */
  | { readonly kind: 'unknown' };

interface Rule {
  readonly applies: (error: KubernetesError) => boolean;
  readonly verdict: Verdict | ((error: KubernetesError) => Verdict);
}

const SOON_MS = 250;

/** The two messages of the API server for a UID precondition that failed. Other conflicts are temporary. */
const UID_DIFFERS = /\bUID in (?:the )?precondition\b/;

/** In order of priority; the first rule that matches decides. */
const RULES: readonly Rule[] = [
  { applies: ({ code }) => code === null, verdict: { kind: 'retry', afterMs: null } },
  // The namespace is not visible to the server yet. The response for a missing API has no Status.
  {
    applies: ({ code, reason, verb, namespace }) =>
      code === 404 && reason === 'NotFound' && verb === 'create' && namespace !== null,
    verdict: { kind: 'retry', afterMs: 1000 },
  },
  { applies: ({ code }) => code === 404, verdict: { kind: 'notFound' } },
  {
    applies: ({ code, reason }) => code === 409 && reason === 'AlreadyExists',
    verdict: { kind: 'alreadyExists' },
  },
  {
    applies: ({ code, verb, message }) => code === 409 && verb === 'delete' && UID_DIFFERS.test(message),
    verdict: { kind: 'replaced' },
  },
  { applies: ({ code }) => code === 409, verdict: { kind: 'retry', afterMs: null } },
  {
    applies: ({ code, causes }) => code === 403 && causes.includes('NamespaceTerminating'),
    verdict: { kind: 'retry', afterMs: 2000 },
  },
  // Controllers have not processed a new namespace or quota yet.
  {
    applies: ({ code, verb, message }) => code === 403 && verb === 'create' && saysNotYet(message),
    verdict: { kind: 'retry', afterMs: SOON_MS },
  },
  {
    applies: ({ code, message }) => code === 403 && message.includes('exceeded quota'),
    verdict: { kind: 'quotaExceeded' },
  },
  { applies: ({ code }) => code === 403, verdict: { kind: 'forbidden' } },
  { applies: ({ code }) => code === 401, verdict: { kind: 'unauthorized' } },
  { applies: ({ code }) => code === 410, verdict: { kind: 'expired' } },
  {
    applies: ({ code }) => code === 429,
    verdict: ({ retryAfterMs }) => ({ kind: 'retry', afterMs: retryAfterMs ?? 2000 }),
  },
  {
    applies: ({ code }) => code === 408 || (code !== null && code >= 500),
    verdict: ({ retryAfterMs }) => ({ kind: 'retry', afterMs: retryAfterMs }),
  },
];

/**
 * Decides what to do about the error of a Kubernetes request; no other code decides by status codes. Never throws;
 * errors that are not of requests are `unknown`.
 */
export function classify(error: unknown): Verdict {
  if (isAbort(error)) return { kind: 'aborted' };
  const failure = toKubernetesError(error);
  if (failure === null) return { kind: 'unknown' };
  const verdict = RULES.find((rule) => rule.applies(failure))?.verdict ?? { kind: 'invalid' };
  return typeof verdict === 'function' ? verdict(failure) : verdict;
}

function saysNotYet(message: string): boolean {
  const [, account] = message.split('error looking up service account ', 2);
  return account?.includes(' not found') || message.includes('status unknown for quota');
}

function isAbort(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'AbortError';
}

/** Returns the response to a request for one object, or null when there is no such object. */
export async function ignoreNotFound<T>(request: () => Promise<T>): Promise<T | null> {
  try {
    return await request();
  } catch (error) {
    if (classify(error).kind === 'notFound') return null;
    throw error;
  }
}

/**
 * Returns the response to a deletion whose precondition is a UID: null when there is no object of the name, `replaced`
 * when another object has the name by now. In both cases the object with the UID is gone.
 */
export async function orGone<T>(deletion: () => Promise<T>): Promise<T | 'replaced' | null> {
  try {
    return await deletion();
  } catch (error) {
    const { kind } = classify(error);
    if (kind === 'notFound') return null;
    if (kind === 'replaced') return 'replaced';
    throw error;
  }
}
