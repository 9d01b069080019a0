import { type Fetch, failureCode, fetchWithinOrigin, readBody } from './fetch';

/** How requests are sent. */
export interface JsonClient {
  readonly fetch: Fetch;
  readonly timeoutMs: number;
}

/** A response of any status; `body` is undefined unless the status is 2xx. */
export interface JsonAnswer {
  readonly response: Response;
  readonly body: unknown;
}

/** Creates the error to be thrown, from a phrase without any content of the response. */
type Failed = (problem: string) => Error;

/** The part of a zod schema that is used here; this folder does not depend on zod. */
interface DocumentSchema<T> {
  safeParse(
    body: unknown,
  ):
    | { readonly success: true; readonly data: T }
    | { readonly success: false; readonly error: { readonly issues: readonly { path: PropertyKey[] }[] } };
}

/** Headers and limits of a GET request. */
export interface JsonRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly limitBytes: number;
  /** `error` refuses every redirect, for requests with a user's or the hub's token. */
  readonly redirect?: 'error';
}

/**
 * Gets JSON of at most `limitBytes`, and follows redirects within the origin only. `timeoutMs` includes the body.
 *
 * @throws the error of `failed` when there is no complete response.
 */
export async function getJson(
  url: string,
  { headers: given, limitBytes, redirect }: JsonRequest,
  { fetch, timeoutMs }: JsonClient,
  failed: Failed,
): Promise<JsonAnswer> {
  try {
    const headers = { accept: 'application/json', ...given };
    const signal = AbortSignal.timeout(timeoutMs);
    const init = { headers, signal };
    const response = redirect
      ? await fetch(url, { ...init, redirect })
      : (await fetchWithinOrigin(fetch, new URL(url), init)).response;
    if (response.ok) return { response, body: JSON.parse(String(await readBody(response, limitBytes))) };
    await response.body?.cancel();
    return { response, body: undefined };
  } catch (error) {
    throw failed(failureCode(error));
  }
}

/**
 * Parses the body by a schema. @throws the error of `failed` for a status other than 2xx and an unexpected document.
 */
export function documentOf<T>({ response, body }: JsonAnswer, schema: DocumentSchema<T>, failed: Failed): T {
  if (!response.ok) throw failed(`status ${response.status}`);
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw failed(`unexpected document at ${parsed.error.issues[0]?.path.join('.') || 'its top'}`);
}
