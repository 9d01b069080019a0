import { type Fetch, failureCode } from './fetch';

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

/** Gets JSON. @throws what `failed` makes of a request without a whole answer. */
export async function getJson(
  url: string,
  init: { readonly headers?: Readonly<Record<string, string>>; readonly redirect?: 'error' },
  { fetch, timeoutMs }: JsonClient,
  failed: Failed,
): Promise<JsonAnswer> {
  try {
    const headers = { accept: 'application/json', ...init.headers };
    const response = await fetch(url, { ...init, headers, signal: AbortSignal.timeout(timeoutMs) });
    return { response, body: response.ok ? await response.json() : await response.body?.cancel() };
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
