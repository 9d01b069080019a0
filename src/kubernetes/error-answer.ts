import { sanitizedMessage } from '../domain/sanitized-text';

/** What an API server's error answer says, reduced to what decisions and messages need. */
export interface StatusFacts {
  /** `Status.reason`, such as `AlreadyExists`; null when the answer was no Status. */
  readonly reason: string | null;
  /** Empty when the answer was no Status. */
  readonly message: string;
  readonly kind: string | null;
  readonly name: string | null;
  /** `details.causes[].reason`. */
  readonly causes: readonly string[];
  /** `details.causes[].field`. */
  readonly fields: readonly string[];
  readonly retryAfterMs: number | null;
}

/** Reads a Kubernetes `Status` from a response body or a watch event; gives empty facts for anything else. */
export function readStatus(body: unknown): StatusFacts {
  const status = asRecord(typeof body === 'string' ? parse(body) : body);
  const isStatus = status['kind'] === 'Status';
  const details = asRecord(isStatus ? status['details'] : null);
  const causes = Array.isArray(details['causes']) ? details['causes'].map(asRecord) : [];
  const seconds = details['retryAfterSeconds'];
  return {
    reason: isStatus ? asText(status['reason']) : null,
    message: (isStatus ? asText(status['message']) : null) ?? '',
    kind: asText(details['kind']),
    name: asText(details['name']),
    causes: causes.flatMap((cause) => asText(cause['reason']) ?? []),
    fields: causes.flatMap((cause) => asText(cause['field']) ?? []),
    retryAfterMs: typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : null,
  };
}

/** The numeric `code` of a `Status` object, or null. */
export function statusCode(body: unknown): number | null {
  const code = asRecord(body)['code'];
  return typeof code === 'number' ? code : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** More than this of an answer is not looked at, in characters. */
const MAX_READ = 4_096;

/** Service account tokens, as a proxy that refuses one may repeat it. */
const WEB_TOKEN = /(?<![\w-])eyJ[\w-]{8,}(?:\.[\w-]*){1,2}/g;

const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&apos;': "'",
  '&nbsp;': ' ',
  '&amp;': '&',
};

/** HTML elements whose content is left out. */
const HIDDEN = ['script', 'style'];

/**
 * The text of an error response that is no Kubernetes `Status`, as sent by proxies, load balancers and the API server
 * itself: one line of bounded length without credentials, of HTML the text, of JSON its `message`. Empty without such a
 * text.
 */
export function plainAnswer(body: unknown): string {
  const text = typeof body === 'string' ? body : '';
  const json = jsonMessage(typeof body === 'string' ? parse(text) : body);
  if (json !== null) return shown(json);
  const start = text.slice(0, MAX_READ);
  return shown(start.trimStart().startsWith('<') ? textOfHtml(start) : start);
}

function shown(text: string): string {
  return (
    sanitizedMessage(text.slice(0, MAX_READ).replaceAll(WEB_TOKEN, '[redacted]').replaceAll('\uFFFD', ' ')) ??
    ''
  );
}

/** The `message` of an object, empty where it has none; null for what is no JSON object. */
function jsonMessage(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null;
  return 'message' in value && typeof value.message === 'string' ? value.message : '';
}

/** Title and text of a page; a title that the text repeats stands once. */
function textOfHtml(html: string): string {
  const texts: string[] = [];
  let title = '';
  let hidden: string | null = null;
  // Each part is the inside of a tag and the text after it; the first one is the text before all tags.
  for (const part of html.split('<')) {
    const end = part.indexOf('>');
    const tag = part.slice(0, Math.max(0, end)).toLowerCase();
    const name = tag.split(/[\s/]/, 2)[0] ?? '';
    const text = unescaped(part.slice(end + 1)).trim();
    if (hidden !== null) hidden = tag.startsWith(`/${hidden}`) ? null : hidden;
    else if (HIDDEN.includes(name)) hidden = name;
    if (hidden !== null || end < 0 || text === '') continue;
    if (name === 'title') title = text;
    else texts.push(text);
  }
  const shownText = texts.join(' ');
  return shownText.startsWith(title) ? shownText : `${title}: ${shownText}`.replace(/: $/, '');
}

function unescaped(text: string): string {
  return text.replace(/&(?:lt|gt|quot|#39|apos|nbsp|amp);/g, (entity) => ENTITIES[entity] ?? entity);
}
