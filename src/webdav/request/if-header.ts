import { DavError } from '../errors';

/** One condition of an `If` header. */
export interface StateCondition {
  readonly isNegated: boolean;
  readonly kind: 'token' | 'etag';
  /** A lock token's URI, or an entity tag with its quotes. */
  readonly value: string;
}

/** Conditions that must all be met, on the resource of the request (`url` null) or on another one. */
export interface StateList {
  readonly url: string | null;
  readonly conditions: readonly StateCondition[];
}

const TOKEN =
  /(?:(?<not>Not(?=[ \t<[]))|(?<open>\()|(?<close>\))|<(?<uri>[^<>\s]+)>|\[(?<etag>(?:W\/)?"[^"]*")\])[ \t]*/giy;

/**
 * Parses an `If` header (RFC 4918, section 10.4). The header is met when one of the lists is.
 *
 * @throws DavError 400 for anything else than its grammar.
 */
export function parseIf(header: string): StateList[] {
  const lists: StateList[] = [];
  let url: string | null = null;
  let conditions: StateCondition[] | null = null;
  let isNegated = false;
  let isUrlUsed = true;
  for (const { not, open, close, uri, etag } of tokens(header)) {
    if (conditions === null) {
      if (open !== undefined) conditions = [];
      else if (uri !== undefined && isUrlUsed && (url !== null || lists.length === 0)) {
        url = uri;
        isUrlUsed = false;
      } else throw malformed();
    } else if (not !== undefined && !isNegated) isNegated = true;
    else if (close !== undefined && !isNegated && conditions.length > 0) {
      lists.push({ url, conditions });
      conditions = null;
      isUrlUsed = true;
    } else if (uri !== undefined || etag !== undefined) {
      conditions.push(
        uri === undefined
          ? { isNegated, kind: 'etag', value: etag ?? '' }
          : { isNegated, kind: 'token', value: uri },
      );
      isNegated = false;
    } else throw malformed();
  }
  if (lists.length === 0 || conditions !== null || !isUrlUsed) throw malformed();
  return lists;
}

/** Tokens that a client shows with an `If` header, whatever resource they are for. */
export function submittedTokens(lists: readonly StateList[]): Set<string> {
  const positive = lists.flatMap(({ conditions }) => conditions);
  return new Set(positive.filter(({ kind }) => kind === 'token').map(({ value }) => value));
}

function* tokens(text: string): Generator<Record<string, string | undefined>> {
  const header = text.trim();
  let end = 0;
  for (const match of header.matchAll(TOKEN)) {
    end += match[0].length;
    yield match.groups ?? {};
  }
  if (end !== header.length) throw malformed();
}

function malformed(): DavError {
  return new DavError(400, 'the If header cannot be understood');
}
