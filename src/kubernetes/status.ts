/** The fields of an API server's error response that decisions and messages use. */
export interface StatusFacts {
  /** `Status.reason`, such as `AlreadyExists`; null when the response was no Status. */
  readonly reason: string | null;
  /** Empty when the response was no Status. */
  readonly message: string;
  readonly kind: string | null;
  readonly name: string | null;
  /** `details.causes[].reason`. */
  readonly causes: readonly string[];
  /** `details.causes[].field`. */
  readonly fields: readonly string[];
  readonly retryAfterMs: number | null;
}

/** Reads a Kubernetes `Status` from a response body or a watch event; returns empty facts for anything else. */
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
