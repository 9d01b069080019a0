import { format } from 'node:util';
import { type LoggerOptions, stdSerializers } from 'pino';
import { truncateAtWord, withoutCredentials } from '../domain/sanitized-text';

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
 * JupyterHub's authentication scheme `token` inside text. Requires 16 characters with a digit, which no sentence has
 * after that word.
 */
const HUB_TOKEN = /\btoken\s+(?=\S*\d)[\w.~+/-]{16,}=*/gi;

/** Maximum length of logged text in characters; masking takes time in proportion to it. */
const MAX_LENGTH = 16_384;

/** Paths of secrets in requests, responses and tokens that are logged by mistake. */
export const REDACT_PATHS: readonly string[] = [
  ...['', 'req.', 'request.', 'res.', 'response.'].flatMap((parent) =>
    SECRET_HEADERS.map((header) => `${parent}headers["${header}"]`),
  ),
  'token',
  '*.token',
];

/**
 * Options of every logger, in three layers: redaction by path; masking by name and by pattern in messages, fields and
 * errors; masking by pattern in whole lines, which also contain the fields of child loggers.
 */
export const LOG_REDACTION = {
  redact: { paths: [...REDACT_PATHS], censor: CENSOR },
  formatters: { log: (fields) => maskFields(fields, 0) },
  serializers: { err: maskError },
  hooks: {
    logMethod(parameters: readonly unknown[], method) {
      const [first, ...rest] = parameters;
      const isFields = typeof first === 'object' && first !== null;
      const [template, ...values] = isFields ? rest : parameters;
      // Without a message, pino logs the unmasked message of the error.
      const message = template === undefined ? errorIn(first)?.message : format(template, ...values);
      method.call(this, isFields ? first : null, message === undefined ? message : maskText(message));
    },
    streamWrite: maskPatterns,
  },
} satisfies LoggerOptions;

/** The error among logged fields, if any. */
function errorIn(fields: unknown): Error | null {
  if (fields instanceof Error) return fields;
  const inside = typeof fields === 'object' && fields !== null && 'err' in fields ? fields.err : null;
  return inside instanceof Error ? inside : null;
}

/**
 * A copy of plain data with secrets replaced: values of secret field names and header names, and credentials
 * inside text. Instances of classes are returned unchanged, for their serializers.
 */
export function maskSecrets(value: unknown): unknown {
  return mask(value, 0);
}

function maskError(error: Error): unknown {
  return mask({ ...stdSerializers.err(error) }, 0);
}

function maskPatterns(text: string): string {
  return withoutCredentials(text).replaceAll(HUB_TOKEN, CENSOR);
}

function maskText(text: string): string {
  const read = truncateAtWord(text, MAX_LENGTH);
  const masked = maskPatterns(read);
  return read.length < text.length ? `${masked}… (${text.length} characters)` : masked;
}

function mask(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return maskText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return depth === 1 ? value : maskError(value);
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
