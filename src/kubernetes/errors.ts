import { retryAfterMs } from '../http/headers';
import { plainAnswer, readStatus, type StatusFacts } from './error-answer';
import type { RequestInfo } from './request-info';

const MAX_MESSAGE_LENGTH = 1000;
const UNKNOWN_REQUEST: RequestInfo = { verb: 'request', kind: 'unknown', namespace: null, name: null };

/** Codes of network errors and timeouts, which are no answers of the API server. */
const NETWORK_CODES = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);
const NO_NETWORK_CODES = new Set([
  'UND_ERR_ABORTED',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
  'UND_ERR_INVALID_ARG',
]);

interface KubernetesErrorFacts {
  readonly code: number | null;
  readonly reason: string | null;
  readonly causes: readonly string[];
  readonly retryAfterMs: number | null;
}

/**
 * A request to the API server that got an error response, or none. The message has the request, the status and the
 * server's message, but never headers or a request's body; for Secrets only the reason and field names, because servers
 * may echo values.
 */
export class KubernetesError extends Error {
  override readonly name = 'KubernetesError';
  readonly verb: string;
  /** Plural resource, such as `pods`. */
  readonly kind: string;
  readonly namespace: string | null;
  readonly objectName: string | null;
  /** HTTP status; null without a response. */
  readonly code: number | null;
  /** `Status.reason`, or the network's error code without a response. */
  readonly reason: string | null;
  /** Reasons of `details.causes`, such as `NamespaceTerminating`. */
  readonly causes: readonly string[];
  /** `Retry-After` of the response, in ms. */
  readonly retryAfterMs: number | null;
  /** The server's message, as far as it may be shown. */
  readonly detail: string;

  constructor(request: RequestInfo, facts: KubernetesErrorFacts, detail: string, options?: ErrorOptions) {
    const target = [request.namespace, request.name].filter((part) => part !== null).join('/');
    const subject = [request.verb, request.kind, target].filter(Boolean).join(' ');
    const outcome = [facts.code, facts.reason].filter((part) => part !== null).join(' ');
    super([subject, outcome, detail].filter(Boolean).join(': ').slice(0, MAX_MESSAGE_LENGTH), options);
    this.verb = request.verb;
    this.kind = request.kind;
    this.namespace = request.namespace;
    this.objectName = request.name;
    this.code = facts.code;
    this.reason = facts.reason;
    this.causes = facts.causes;
    this.retryAfterMs = facts.retryAfterMs;
    this.detail = detail.slice(0, MAX_MESSAGE_LENGTH);
  }
}

/**
 * The error for a response with a failure status; `body` may be text or an already parsed Status. A body that is no
 * Status, such as a proxy's page, is kept as one line of bounded length.
 */
export function errorFromAnswer(
  request: RequestInfo,
  code: number,
  body: unknown,
  retryAfter?: string,
): KubernetesError {
  const status = readStatus(body);
  const facts = {
    code,
    reason: status.reason,
    causes: status.causes,
    retryAfterMs: retryAfterMs(retryAfter ?? null, Date.now()) ?? status.retryAfterMs,
  };
  const named = { ...request, name: request.name ?? status.name };
  const words = isAboutSecret(named, status) ? namesOf(status) : status.message || plainAnswer(body);
  return new KubernetesError(named, facts, words);
}

/** The error for a request without a response, or null if `error` is from neither the network nor a timeout. */
export function errorFromNetwork(request: RequestInfo, error: unknown): KubernetesError | null {
  const reason = networkCode(error);
  if (reason === null) return null;
  const facts = { code: null, reason, causes: [], retryAfterMs: null };
  return new KubernetesError(request, facts, 'no answer', { cause: error });
}

/**
 * Recognises errors of other paths to the API server: `ApiException` of the generated client, whose
 * message must not be shown because it embeds headers, and failed fetches. Null for anything else.
 */
export function toKubernetesError(error: unknown): KubernetesError | null {
  if (error instanceof KubernetesError) return error;
  if (isObject(error) && 'body' in error && 'code' in error && typeof error.code === 'number') {
    return errorFromAnswer(UNKNOWN_REQUEST, error.code, error.body, retryAfterOf(error));
  }
  return errorFromNetwork(UNKNOWN_REQUEST, error);
}

function isAboutSecret(request: RequestInfo, status: StatusFacts): boolean {
  if (request.kind === 'secrets' || status.kind?.toLowerCase().startsWith('secret') === true) return true;
  // A response to an unknown request without a kind may be about a Secret.
  return request.kind === UNKNOWN_REQUEST.kind && status.kind === null;
}

function namesOf(status: StatusFacts): string {
  return status.fields.length > 0 ? `at ${status.fields.join(', ')}` : '';
}

function networkCode(error: unknown): string | null {
  for (let current = error; isObject(current); current = 'cause' in current ? current.cause : null) {
    if ('name' in current && current.name === 'TimeoutError') return 'TimeoutError';
    const code = 'code' in current && typeof current.code === 'string' ? current.code : '';
    const isOfClient = code.startsWith('UND_ERR_') && !NO_NETWORK_CODES.has(code);
    if (NETWORK_CODES.has(code) || isOfClient || code.startsWith('HPE_')) return code;
  }
  return null;
}

function retryAfterOf(error: object): string | undefined {
  const headers = 'headers' in error ? error.headers : null;
  if (!isObject(headers) || !('retry-after' in headers)) return undefined;
  return typeof headers['retry-after'] === 'string' ? headers['retry-after'] : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
