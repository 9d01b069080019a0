import { AsyncLocalStorage } from 'node:async_hooks';
import { Agent, type Dispatcher, errors, request as sendRequest } from 'undici';
import type { Credentials } from './credentials';
import { errorFromAnswer, errorFromNetwork } from './errors';
import { describeRequest, type RequestInfo } from './request-info';

/** One finished request, for metrics; `status` is null without a response. */
export interface RequestObservation {
  readonly verb: string;
  readonly resource: string;
  readonly status: number | null;
  /** Until the headers of the response, or the failure. */
  readonly durationMs: number;
}

export interface HttpOptions {
  /** Timeout of one request, from queueing to the end of its body; of a watch, until its headers. */
  readonly requestTimeoutMs: number;
  /** Connections kept to the API server, watches included; 64 by default. */
  readonly connections?: number;
  readonly onRequest?: (observation: RequestObservation) => void;
}

/** A request to the API server, without authorization. */
export interface HttpRequest {
  readonly method: Dispatcher.HttpMethod;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For errors, where the URL names no object. */
  readonly objectName?: string;
  /** By default the signal of `withRequestSignal`. */
  readonly signal?: AbortSignal;
  /** For a body without an end: it is ended by so many milliseconds without data. */
  readonly silenceTimeoutMs?: number;
}

/** A response with a success status; its body must be read or destroyed. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  text(): Promise<string>;
  /** Ending the loop over it closes the connection. */
  chunks(): AsyncGenerator<Buffer>;
}

/** Sends all requests to the API server: shared connections, authorization, timeouts, uniform errors. */
export interface Http {
  readonly server: string;
  /**
   * @throws KubernetesError for failure statuses, network errors and timeouts; an `AbortError` caused by
   *   the signal's reason once the caller's signal is aborted, or when the client was closed.
   */
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** Ends all connections, also those in use. */
  close(): Promise<void>;
}

/** Signal and check for the requests of one piece of work. */
interface RequestScope {
  readonly signal: AbortSignal;
  readonly beforeSend?: (() => void) | undefined;
}

const requestScope = new AsyncLocalStorage<RequestScope>();

/**
 * Runs `run` so that every request made inside it, however deep, ends when `signal` is aborted. `beforeSend` is called
 * synchronously before each of them is written to its connection, which may be long after it was asked for: a request
 * waits for its connection. Where it aborts `signal`, nothing is written.
 */
export function withRequestSignal<T>(signal: AbortSignal, run: () => T, beforeSend?: () => void): T {
  return requestScope.run({ signal, beforeSend }, run);
}

/**
 * For steps of the same work that send requests to other services.
 *
 * @throws Error, as a request would, once the work is over.
 */
export function throwIfRequestsEnded(): void {
  const scope = requestScope.getStore();
  scope?.beforeSend?.();
  if (scope?.signal.aborted) throw abortError(scope.signal);
}

/** Creates the HTTP client of one API server, which connects with the first request. */
export function createHttp(credentials: Credentials, options: HttpOptions): Http {
  const agent = new Agent({
    connections: options.connections ?? 64,
    // HTTP/1.1: an ended watch must close its connection, and one stuck connection must not block all requests.
    allowH2: false,
    // Below the API server's 90 s, so that no request is sent on a connection that it is just closing.
    keepAliveTimeout: 60_000,
    connect: {
      ...credentials.tls,
      timeout: options.requestTimeoutMs,
      keepAlive: true,
      keepAliveInitialDelay: 30_000,
    },
  });
  const checked = agent.compose((dispatch) => (request, handler) => {
    const beforeSend = requestScope.getStore()?.beforeSend;
    return dispatch(request, beforeSend ? checkedBefore(beforeSend, handler) : handler);
  });
  return {
    server: credentials.server,
    send: (request) => send(checked, credentials, options, request),
    close: () => agent.destroy(),
  };
}

/**
 * A handler that calls `beforeSend` directly before a request is written, and passes everything else to the inner one.
 */
function checkedBefore(
  beforeSend: () => void,
  handler: Dispatcher.DispatchHandler,
): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller, context) {
      beforeSend();
      handler.onRequestStart?.(controller, context);
    },
    onRequestUpgrade: (...upgrade) => handler.onRequestUpgrade?.(...upgrade),
    onResponseStart: (...start) => handler.onResponseStart?.(...start),
    onResponseData: (...data) => handler.onResponseData?.(...data),
    onResponseEnd: (...end) => handler.onResponseEnd?.(...end),
    onResponseError: (...error) => handler.onResponseError?.(...error),
  };
}

async function send(
  dispatcher: Dispatcher,
  credentials: Credentials,
  options: HttpOptions,
  request: HttpRequest,
): Promise<HttpAnswer> {
  const described = describeRequest(request.method, request.url);
  const info = { ...described, name: described.name ?? request.objectName ?? null };
  const callerSignal = request.signal ?? requestScope.getStore()?.signal;
  const startedAt = performance.now();
  let status: number | null = null;
  try {
    const answer = await sendRequest(request.url, {
      dispatcher,
      method: request.method,
      headers: { ...request.headers, ...(await credentials.headers()) },
      body: request.body ?? null,
      ...limitsOf(request, options, callerSignal),
    });
    status = answer.statusCode;
    if (status >= 300) {
      throw errorFromAnswer(info, status, await answer.body.text(), headersOf(answer)['retry-after']);
    }
    return {
      status,
      headers: headersOf(answer),
      text: () => answer.body.text().catch((error: unknown) => fail(error, info, callerSignal)),
      chunks: () => chunksOf(answer.body, info, callerSignal),
    };
  } catch (error) {
    return fail(error, info, callerSignal);
  } finally {
    const durationMs = performance.now() - startedAt;
    options.onRequest?.({ verb: info.verb, resource: info.kind, status, durationMs });
  }
}

function limitsOf(request: HttpRequest, { requestTimeoutMs }: HttpOptions, callerSignal?: AbortSignal) {
  if (request.silenceTimeoutMs !== undefined) {
    return {
      signal: callerSignal,
      headersTimeout: requestTimeoutMs,
      bodyTimeout: request.silenceTimeoutMs,
    };
  }
  const timeout = AbortSignal.timeout(requestTimeoutMs);
  return {
    signal: callerSignal ? AbortSignal.any([timeout, callerSignal]) : timeout,
    headersTimeout: 0,
    bodyTimeout: 0,
  };
}

async function* chunksOf(
  body: AsyncIterable<Buffer>,
  info: RequestInfo,
  callerSignal?: AbortSignal,
): AsyncGenerator<Buffer> {
  try {
    yield* body;
  } catch (error) {
    fail(error, info, callerSignal);
  }
}

function fail(error: unknown, info: RequestInfo, callerSignal?: AbortSignal): never {
  if (callerSignal?.aborted) throw abortError(callerSignal);
  if (error instanceof errors.ClientDestroyedError || error instanceof errors.ClientClosedError) {
    throw new DOMException('The client was closed', { name: 'AbortError', cause: error });
  }
  throw errorFromNetwork(info, error) ?? error;
}

/** The `AbortError` for an aborted signal, with the signal's reason as cause. */
export function abortError(signal: AbortSignal): DOMException {
  return new DOMException('The request was aborted', { name: 'AbortError', cause: signal.reason });
}

function headersOf(answer: Dispatcher.ResponseData): Record<string, string> {
  const entries = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
  return Object.fromEntries(entries);
}
