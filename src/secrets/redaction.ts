import { type LoggerOptions, stdSerializers } from 'pino';

const CENSOR = '[redacted]';
const MAX_DEPTH = 8;

const SECRET_HEADERS = [
  'authorization',
  'proxy-authorization',
  'x-auth-request-token',
  'cookie',
  'set-cookie',
] as const;

/** Field and variable names whose values are secret, compared without case, `_` and `-`. */
const SECRET_NAME = /(?:token|password|passwd|secret|apikey|privatekey|plaintext|authorization|cookie)$/;

/**
 * Credentials inside other text: bearer, basic and JupyterHub's `token` authorization, and the identity service's
 * tokens. After the word "token" only what no sentence has there counts.
 */
const SECRET_TEXT =
  /\b(?:Bearer|Basic)\s+[\w.~+/-]{8,}=*|\btoken\s+(?=\S*\d)[\w.~+/-]{16,}=*|\bgt-[\w-]{10,}\.[\w-]{10,}/gi;

/** Places where secrets would be if a request, a response or a token were logged by mistake. */
export const REDACT_PATHS: readonly string[] = [
  ...['', 'req.', 'request.', 'res.', 'response.'].flatMap((parent) =>
    SECRET_HEADERS.map((header) => `${parent}headers["${header}"]`),
  ),
  'token',
  '*.token',
];

/**
 * What every logger is made with: redaction by path, and behind it masking by name and by pattern in all
 * logged fields and errors.
 */
export const LOG_REDACTION = {
  redact: { paths: [...REDACT_PATHS], censor: CENSOR },
  formatters: { log: (fields) => maskFields(fields, 0) },
  serializers: { err: maskError },
} satisfies LoggerOptions;

/**
 * A copy of plain data with secrets replaced: values of secret field names and header names, and credentials
 * inside text. Instances of classes are returned as they are: their serializers decide.
 */
export function maskSecrets(value: unknown): unknown {
  return mask(value, 0);
}

function maskError(error: Error): unknown {
  return mask({ ...stdSerializers.err(error) }, 0);
}

function mask(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.replaceAll(SECRET_TEXT, CENSOR);
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value) && !isPlain(value)) return value;
  if (depth === MAX_DEPTH) return '[too deep]';
  return Array.isArray(value) ? value.map((item) => mask(item, depth + 1)) : maskFields(value, depth);
}

function maskFields(fields: object, depth: number): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    isSecret(name, value) ? CENSOR : mask(value, depth + 1),
  ]);
  return Object.fromEntries(entries);
}

function isSecret(name: string, value: unknown): boolean {
  const isAbsent = value === null || value === undefined || typeof value === 'boolean';
  return !isAbsent && SECRET_NAME.test(name.toLowerCase().replaceAll(/[_-]/g, ''));
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
