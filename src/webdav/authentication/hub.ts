import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';

/** Whose a token is, and what it may be used for. */
export interface TokenOwner {
  readonly kind: 'user' | 'service';
  readonly name: string;
  readonly scopes: readonly string[];
}

/** The hub gave no answer that can be used. The message holds no token. */
export class HubUnavailable extends Error {
  override readonly name = 'HubUnavailable';
}

/** Largest answer of the hub, in bytes. */
const MAX_ANSWER = 1_048_576;

/** Asks a hub whose a token is: null for one that it does not know. @throws HubUnavailable */
export type AskHub = (token: string) => Promise<TokenOwner | null>;

/** @param apiUrl of the hub's REST API, such as `http://hub:8081/hub/api`; `timeoutMs` is the limit of one answer */
export function hubAt(apiUrl: URL, timeoutMs: number): AskHub {
  const url = new URL(`${apiUrl.href.replace(/\/$/, '')}/user`);
  return async (token) => {
    const { body, status } = await answerOf(url, token, timeoutMs);
    if (status === 401 || status === 403) return null;
    if (status !== 200) throw new HubUnavailable(`the hub answered with status ${status}`);
    return ownerIn(body);
  };
}

/** Reads the hub's answer about a token. @throws HubUnavailable for anything else */
export function ownerIn(body: string): TokenOwner {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    throw new HubUnavailable('the answer of the hub is not JSON');
  }
  const { kind, name, scopes } = (answer ?? {}) as Record<string, unknown>;
  const isOwner =
    (kind === 'user' || kind === 'service') &&
    typeof name === 'string' &&
    Array.isArray(scopes) &&
    scopes.every((scope): scope is string => typeof scope === 'string');
  if (!isOwner) throw new HubUnavailable('the hub answered with something else than the owner of a token');
  return { kind, name, scopes };
}

interface HubAnswer {
  readonly status: number;
  readonly body: string;
}

async function answerOf(url: URL, token: string, timeoutMs: number): Promise<HubAnswer> {
  const send = await requester(url);
  const options = {
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
    signal: AbortSignal.timeout(timeoutMs),
  };
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      send(url, options, resolve).on('error', reject).end();
    });
    return { status: response.statusCode ?? 0, body: await read(response) };
  } catch (error) {
    if (error instanceof HubUnavailable) throw error;
    // Not the error itself, which may show the request.
    throw new HubUnavailable(`the hub cannot be reached: ${codeOf(error)}`);
  }
}

/** TLS is loaded only where it is needed: a file server should stay small. */
async function requester(
  url: URL,
): Promise<
  (url: URL, options: RequestOptions, callback: (response: IncomingMessage) => void) => ClientRequest
> {
  return url.protocol === 'https:'
    ? (await import('node:https')).request
    : (await import('node:http')).request;
}

async function read(response: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > MAX_ANSWER) throw new HubUnavailable('the answer of the hub is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown error';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'name' in error && error.name === 'TimeoutError' ? 'no answer in time' : 'unknown error';
}
