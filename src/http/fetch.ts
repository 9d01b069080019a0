import { AnswerRefused } from './answer-refused';

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
