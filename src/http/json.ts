import { readBody } from './bounded-body';
import { type Fetch, failureCode } from './fetch';
import { fetchWithinOrigin } from './same-origin';

/** How a service is asked. */
export interface JsonClient {
  readonly fetch: Fetch;
  readonly timeoutMs: number;
}

/** An answer of any status; of a failure the body is not read. */
export interface JsonAnswer {
  readonly response: Response;
  readonly body: unknown;
}

/** Makes the error that callers see, from a phrase that says what is wrong and quotes nothing. */
type Failed = (problem: string) => Error;

/** As much of a schema as it takes to read a document by it. */
interface DocumentSchema<T> {
  safeParse(
    body: unknown,
  ):
    | { readonly success: true; readonly data: T }
    | { readonly success: false; readonly error: { readonly issues: readonly { path: PropertyKey[] }[] } };
}

/** What is asked for. */
export interface JsonRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly limitBytes: number;
  /** Refuses every redirect, so that a token goes where it was meant to go and nowhere else. */
  readonly redirect?: 'error';
}

/**
 * Gets JSON of at most `limitBytes`, and follows redirects within the origin only. The time limit counts until the end of
 * the body.
 *
 * @throws what `failed` makes of a request without a whole answer.
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

/** The document of an answer. @throws what `failed` makes of a failure, and of a document that does not fit. */
export function documentOf<T>({ response, body }: JsonAnswer, schema: DocumentSchema<T>, failed: Failed): T {
  if (!response.ok) throw failed(`status ${response.status}`);
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw failed(`unexpected document at ${parsed.error.issues[0]?.path.join('.') || 'its top'}`);
}
