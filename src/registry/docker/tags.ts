import { nextLink } from '../../http/headers';
import { RegistryError } from '../errors';
import type { RegistryAnswer, RegistryService } from '../request';

const TAG = /^\w[\w.-]{0,127}$/;

/** Bounds a list that never ends. Registries with small pages have a hundred tags in each. */
const MAX_PAGES = 20_000;
const MAX_TAGS = 1_000_000;

/** Reads one page of the list of tags; refuses what is no success. */
export type ReadPage = (url: URL) => Promise<RegistryAnswer>;

/**
 * Lists every tag, page by page: none twice, and none that no reference could name. Registries behind proxies write
 * links with schemes, hosts and ports of their own, so only path and query of a link count.
 *
 * @throws RegistryError `broken` for what is no list of tags, and for a list that goes round in circles or on for ever.
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
    // A page that repeats what is known goes on nowhere.
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

/** The tags of an answer; registries write null for a repository without any. Null if it is no such answer. */
function readTags(document: unknown): readonly string[] | null {
  if (typeof document !== 'object' || document === null || !('tags' in document)) return null;
  const { tags } = document;
  if (tags === null) return [];
  return Array.isArray(tags) && tags.every((tag) => typeof tag === 'string') ? tags : null;
}
