import { nextLink } from '../../http/headers';
import { RegistryError } from '../errors';
import type { RegistryAnswer, RegistryService } from '../request';

const TAG = /^\w[\w.-]{0,127}$/;

/** Bounds of a list, against endless ones. Small pages of registries have a hundred tags. */
const MAX_PAGES = 20_000;
const MAX_TAGS = 1_000_000;

/** Reads one page of the list of tags. @throws RegistryError for a status other than 200. */
export type ReadPage = (url: URL) => Promise<RegistryAnswer>;

/**
 * Lists all tags, page by page, without duplicates and invalid tags. Of a `Link` header only path and query are used,
 * since registries behind proxies write internal schemes, hosts and ports.
 *
 * @throws RegistryError `broken` for a document that is no list of tags, and for a cyclic or endless list.
 */
export async function listAllTags(first: URL, read: ReadPage, service: RegistryService): Promise<string[]> {
  const { subject, host } = service;
  const endless = () =>
    new RegistryError(`${subject} continues its list of tags for ever`, { problem: 'broken', host });
  const tags = new Set<string>();
  const seen = new Set<string>();
  let url: URL | null = first;
  while (url) {
    if (seen.has(url.href) || seen.size === MAX_PAGES || tags.size > MAX_TAGS) throw endless();
    seen.add(url.href);
    const answer = await read(url);
    const page = readTags(await answer.json());
    if (!page) {
      throw new RegistryError(`${subject} answered without a list of tags`, { problem: 'broken', host });
    }
    const before = tags.size;
    for (const tag of page) if (TAG.test(tag)) tags.add(tag);
    const next = nextPage(answer, first, service);
    // A page without a new tag means that the list does not advance.
    if (next && page.length > 0 && tags.size === before && page.some((tag) => TAG.test(tag))) throw endless();
    url = next;
  }
  return [...tags];
}

function nextPage(answer: RegistryAnswer, first: URL, { subject, host }: RegistryService): URL | null {
  const target = nextLink(answer.header('link'));
  if (target === null) return null;
  const link = URL.canParse(target, answer.url.href) ? new URL(target, answer.url) : null;
  if (!link || !/^https?:$/.test(link.protocol)) {
    const message = `${subject} continues its list of tags at what is no URL`;
    throw new RegistryError(message, { problem: 'broken', host });
  }
  const url = new URL(first);
  url.pathname = link.pathname;
  url.search = link.search;
  return url;
}

/** The tags of a document, where null means none; null if it is no list of tags. */
function readTags(document: unknown): readonly string[] | null {
  if (typeof document !== 'object' || document === null || !('tags' in document)) return null;
  const { tags } = document;
  if (tags === null) return [];
  return Array.isArray(tags) && tags.every((tag) => typeof tag === 'string') ? tags : null;
}
