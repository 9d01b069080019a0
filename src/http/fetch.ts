/** The subset of `fetch` that clients use, so that tests and proxies can replace it. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Whether a token may be sent in a header. For other values `fetch` throws an error that contains the header. */
export function isSendable(token: string): boolean {
  return /^[\x21-\x7e]+$/.test(token);
}

/**
 * Returns the error code of a failed fetch, e.g. `ECONNREFUSED`, or a phrase. The error itself may contain headers and
 * must not be logged.
 */
export function failureCode(error: unknown): string {
  if (error instanceof AnswerRefused) return error.message;
  const name = textOf(error, 'name');
  if (name === 'TimeoutError') return 'no answer in time';
  const cause: unknown = isObject(error) && 'cause' in error ? error.cause : null;
  return textOf(cause, 'code') ?? name ?? 'unknown error';
}

function textOf(value: unknown, key: string): string | null {
  const text: unknown = isObject(value) ? Reflect.get(value, key) : null;
  return typeof text === 'string' ? text : null;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** A response that was refused. The message is a phrase without any content of the response but an origin. */
class AnswerRefused extends Error {
  override readonly name: string = 'AnswerRefused';
}

const KIB = 2 ** 10;
const MIB = 2 ** 20;

/** A response whose body exceeds the limit. */
export class AnswerTooLarge extends AnswerRefused {
  override readonly name = 'AnswerTooLarge';

  constructor(readonly limitBytes: number) {
    const limit = limitBytes >= MIB ? `${limitBytes / MIB} MiB` : `${limitBytes / KIB} KiB`;
    super(`an answer of more than ${limit}`);
  }
}

/** A redirect that was not followed; nothing was sent to its target. */
export class RedirectRefused extends AnswerRefused {
  override readonly name = 'RedirectRefused';

  /** `target` is the origin that the redirect led to, if it led anywhere. */
  constructor(
    readonly reason: 'elsewhere' | 'endless' | 'no-url',
    readonly target: string | null,
  ) {
    super(
      reason === 'elsewhere'
        ? `a redirect to ${target}, which is another origin; it was not followed`
        : `a redirect ${reason === 'endless' ? 'without end' : 'to what is no URL'}`,
    );
  }
}
