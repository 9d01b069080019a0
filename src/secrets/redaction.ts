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

/** JupyterHub's scheme `token` inside text: after that word only what no sentence has there counts. */
const HUB_TOKEN = /\btoken\s+(?=\S*\d)[\w.~+/-]{16,}=*/gi;

/** Longest text that is logged; masking takes time in proportion to it. */
const MAX_LENGTH = 16_384;

/** Places where secrets would be if a request, a response or a token were logged by mistake. */
export const REDACT_PATHS: readonly string[] = [
  ...['', 'req.', 'request.', 'res.', 'response.'].flatMap((parent) =>
    SECRET_HEADERS.map((header) => `${parent}headers["${header}"]`),
  ),
  'token',
  '*.token',
];

/**
 * What every logger is made with: redaction by path, and behind it masking by name and by pattern in messages, in all
 * logged fields and in errors, and once more by pattern in whole lines, which have the fields of child loggers too.
 */
export const LOG_REDACTION = {
  redact: { paths: [...REDACT_PATHS], censor: CENSOR },
  formatters: { log: (fields) => maskFields(fields, 0) },
  serializers: { err: maskError },
  hooks: {
    logMethod(parameters: readonly unknown[], method) {
      const [first, ...words] = parameters;
      const isFields = typeof first === 'object' && first !== null;
      const [template, ...values] = isFields ? words : parameters;
      // Without a message, pino takes that of the error as it is.
      const message = template === undefined ? errorIn(first)?.message : format(template, ...values);
      method.call(this, isFields ? first : null, message === undefined ? message : maskText(message));
    },
    streamWrite: maskPatterns,
  },
} satisfies LoggerOptions;

/** The error that a line is about, if it is about one. */
function errorIn(fields: unknown): Error | null {
  if (fields instanceof Error) return fields;
  const inside = typeof fields === 'object' && fields !== null && 'err' in fields ? fields.err : null;
  return inside instanceof Error ? inside : null;
}

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
