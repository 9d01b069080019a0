/**
 * What came of a request. `changed` where something is not as the condition says, `locked` where another program holds a
 * lock, `gone` where there is nothing.
 */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'changed' }
  | { readonly kind: 'locked' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'failed'; readonly message: string };

/** An answer of the server, or 0 where there was none. */
export interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

const MESSAGES: Readonly<Record<number, string>> = {
  0: 'The server cannot be reached.',
  207: 'A part of it could not be done.',
  401: 'You are not logged in any more. Load the page again.',
  403: 'Permission denied.',
  413: 'The server, or what is in front of it, takes no file of this size.',
  409: 'A folder on the way is missing.',
  507: 'There is not enough room.',
};

/** What an answer means. */
export function outcomeOf({ status, type, text }: Answer): Outcome {
  if (status >= 200 && status < 300 && status !== 207) return { kind: 'done' };
  if (status === 412) return { kind: 'changed' };
  if (status === 423) return { kind: 'locked' };
  if (status === 404) return { kind: 'gone' };
  const told = type?.startsWith('text/plain') && status < 500 ? sentence(text) : null;
  return {
    kind: 'failed',
    message: told ?? MESSAGES[status] ?? `The server answered with status ${status}.`,
  };
}

/** The server's own words, such as `the name is too long`, as a sentence. */
function sentence(text: string): string | null {
  const line = text.trim().slice(0, 200);
  return line === '' || line.includes('\n') ? null : `${line.charAt(0).toUpperCase()}${line.slice(1)}.`;
}
