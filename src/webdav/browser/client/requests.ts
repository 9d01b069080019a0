import { type Condition, isAsListed } from './conditions';
import type { Entry, Listing } from './entries';
import { type Answer, type Outcome, outcomeOf } from './outcomes';

/** Asks the server to do something. Never rejects. */
export async function ask(method: string, href: string, headers: Condition = {}): Promise<Outcome> {
  return outcomeOf(await send(method, href, headers));
}

/** What is in a folder. @throws Error with a message for the user */
export async function list(folder: string): Promise<Listing> {
  const answer = await send('GET', `${folder}?listing`, {});
  const outcome = outcomeOf(answer);
  if (outcome.kind === 'done') return JSON.parse(answer.text) as Listing;
  throw new Error(outcome.kind === 'failed' ? outcome.message : 'This folder is not there any more.');
}

/** A file as the server has it now. */
export interface Present {
  readonly etag: string | null;
  readonly size: number;
  /** Milliseconds since 1970, whole seconds. */
  readonly modified: number;
}

/** The file of a URL as it is now; null where there is none or that is not known. */
export async function present(href: string): Promise<Present | null> {
  try {
    const response = await fetch(href, { method: 'HEAD', cache: 'no-store' });
    if (!response.ok) return null;
    return {
      etag: response.headers.get('etag'),
      size: Number(response.headers.get('content-length')),
      modified: Date.parse(response.headers.get('last-modified') ?? ''),
    };
  } catch {
    return null;
  }
}

/** Condition that an entry is as it is now, for a user who has been told that it changed; null where it is gone. */
export async function isAsNow(folder: string, href: string, entry: Entry): Promise<Condition | null> {
  if (entry.kind === 'file') {
    const now = await present(href);
    return now === null ? null : isAsListed({ etag: now.etag, modified: now.modified });
  }
  const { entries } = await list(folder);
  const now = entries.find(({ name }) => name === entry.name);
  return now === undefined ? null : isAsListed(now);
}

async function send(method: string, href: string, headers: Condition): Promise<Answer> {
  try {
    const response = await fetch(href, { method, headers, cache: 'no-store', redirect: 'error' });
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      text: await response.text(),
    };
  } catch {
    return { status: 0, type: null, text: '' };
  }
}
