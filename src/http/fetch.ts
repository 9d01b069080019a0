/** The part of `fetch` that is used, so that tests can stand in for the network. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Whether a token can be sent in a header. Anything else would fail, with an error that quotes the header. */
export function isSendable(token: string): boolean {
  return /^[\x21-\x7e]+$/.test(token);
}

/** Says in a word why a fetch failed. The error itself may quote headers and goes no further. */
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

/** An answer that is not used. Its message is a phrase that quotes nothing of the answer but an origin. */
class AnswerRefused extends Error {
  override readonly name: string = 'AnswerRefused';
}

const KIB = 2 ** 10;
const MIB = 2 ** 20;

/** An answer with more bytes than are taken. */
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
