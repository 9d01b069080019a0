/** One challenge of a `WWW-Authenticate` header; scheme and parameter names in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const SEPARATORS = /[\s,]*/y;
const TOKEN = /[\w!#$%&'*+.^`|~-]+/y;
const TOKEN68 = /[ \t]+[\w.~+/-]+=*(?=[ \t]*(?:,|$))/y;
const VALUE = /[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([\w!#$%&'*+.^`|~-]+))/y;

/**
 * Reads the challenges of a `WWW-Authenticate` header, several of them and quoted strings included.
 * What follows a syntax error is left out; never throws.
 */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let position = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position;
    const match = pattern.exec(header);
    if (match) position = pattern.lastIndex;
    return match;
  };
  for (;;) {
    take(SEPARATORS);
    const name = take(TOKEN)?.[0].toLowerCase();
    if (name === undefined) return challenges;
    const value = take(VALUE);
    if (value) {
      challenges.at(-1)?.parameters.set(name, value[1]?.replaceAll(/\\(.)/g, '$1') ?? value[2] ?? '');
    } else {
      challenges.push({ scheme: name, parameters: new Map() });
      take(TOKEN68);
    }
  }
}

// No two parts of it take the same spaces, so that its time grows in proportion to the header.
const LINK = /<([^<>]*)>((?:\s*;\s*[\w!#$%&'*+.^`|~-]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s",;<>]*))?)*)/g;
const PARAMETER = /;\s*([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",;<>]*)))?/g;

/** The target that a `Link` header names as `next`, as written; null if it names none. */
export function nextLink(header: string | null): string | null {
  for (const [, target = '', parameters = ''] of (header ?? '').matchAll(LINK)) {
    const relation = [...parameters.matchAll(PARAMETER)].find(([, name]) => name?.toLowerCase() === 'rel');
    const relations = (relation?.[2] ?? relation?.[3] ?? '').toLowerCase().split(/\s+/);
    if (relations.includes('next')) return target;
  }
  return null;
}

/** Milliseconds that a `Retry-After` header asks to wait, from seconds or a date; null if it says nothing usable. */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isFinite(waitMs) ? Math.max(0, waitMs) : null;
}
