import {
  type Document,
  type DocumentOptions,
  LineCounter,
  type ParseOptions,
  parseDocument,
  type SchemaOptions,
} from 'yaml';
import { ConfigError, type Diagnostic } from '../diagnostics';
import { isMapping } from '../schema/section';
import { branches, branchFor, childSchema, configJsonSchema, type JsonSchema } from './json-schema';

/** Messages by the parser's error codes: its own quote the text, which may contain secrets. */
const PROBLEMS: Readonly<Record<string, readonly [problem: string, remedy: string]>> = {
  DUPLICATE_KEY: ['a key is there twice', 'Remove one of the two keys.'],
  TAB_AS_INDENT: ['a tab is used to indent', 'Indent with spaces.'],
  BAD_INDENT: ['the indentation fits no level, or a bracket is not closed', 'Correct the indentation.'],
  BAD_ALIAS: ['an alias cannot be resolved', 'Quote the value, or write it out instead of the alias.'],
  BAD_DQ_ESCAPE: [
    'an escape in double quotes is unknown',
    'Write \\\\ for a backslash, or use single quotes.',
  ],
  BAD_SCALAR_START: ['a value begins with a reserved character', 'Quote the value.'],
  MISSING_CHAR: [
    'a character is missing, such as a quote or colon',
    'Close quotes, and put a space after a colon.',
  ],
  UNEXPECTED_TOKEN: [
    'something stands where nothing may',
    'Remove it, or quote the value that it is part of.',
  ],
  MULTIPLE_DOCS: ['there is more than one document', 'Remove all but one.'],
  RESOURCE_EXHAUSTION: ['values are nested too deeply', 'Nest them less deeply.'],
  TAG_RESOLVE_FAILED: ['a tag is unknown', 'Remove the tag that begins with an exclamation mark.'],
};

const ANY_PROBLEM = ['it cannot be read', 'Correct the YAML at that place.'] as const;

/** How YAML is read: version 1.1 as PyYAML does it, in which `y` and `n` are strings, unlike in the specification. */
export const READING = {
  version: '1.1',
  // Otherwise messages quote the text around the error, which may hold secrets.
  prettyErrors: false,
  // Warnings would quote keys.
  logLevel: 'error',
  customTags: (tags) =>
    tags.map((tag) =>
      typeof tag === 'object' && tag.tag === 'tag:yaml.org,2002:bool' && 'test' in tag && tag.test
        ? { ...tag, test: new RegExp(`^(?!.$)(?:${tag.test.source})`) }
        : tag,
    ),
} as const satisfies ParseOptions & DocumentOptions & SchemaOptions;

/**
 * Parses a text with one document.
 *
 * @throws ConfigError with lines and columns, quoting nothing of the text.
 */
export function parseYaml(text: string): unknown {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { ...READING, lineCounter });
  if (document.errors.length > 0) throw new ConfigError(syntaxErrors(document, lineCounter));
  return toPlain(document);
}

/** What keeps a document from being read, with lines and columns, quoting nothing of it. */
export function syntaxErrors({ errors }: Pick<Document, 'errors'>, lineCounter: LineCounter): Diagnostic[] {
  return errors.map(({ code, pos }): Diagnostic => {
    const { line, col } = lineCounter.linePos(pos[0]);
    const [problem, remedy] = PROBLEMS[code] ?? ANY_PROBLEM;
    return {
      severity: 'error',
      path: `line ${line}, column ${col}`,
      value: null,
      rule: 'yaml',
      message: `not valid YAML: ${problem} (${code})`,
      remedy,
    };
  });
}

/**
 * Converts to plain values; the number of aliases is limited, since they can make a document huge or cyclic.
 *
 * @throws ConfigError when there are too many.
 */
export function toPlain(document: Pick<Document, 'toJS'>): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw new ConfigError([
      {
        severity: 'error',
        path: '(file)',
        value: null,
        rule: 'yaml',
        message: 'not valid YAML: its aliases make too much of it, or lead in a circle',
        remedy: 'Write the values out instead of using anchors and aliases.',
      },
    ]);
  }
}

/** Whether a list or a mapping is expected. */
export function isCollection(schema: JsonSchema, root: JsonSchema): boolean {
  return branches(schema, root).some(({ type, items, properties }) =>
    Boolean(items ?? properties ?? (type === 'object' || type === 'array')),
  );
}

/**
 * A document without the keys that are null where a list or a mapping is expected: Helm and people write
 * `initContainers:` with nothing behind it for "none given". Nulls anywhere else, and in lists, are kept.
 */
export function withoutNullCollections(document: unknown): unknown {
  const root = configJsonSchema();
  const cleaned = (value: unknown, given: JsonSchema | undefined): unknown => {
    const schema = given && branchFor(given, value, root);
    if (!schema) return value;
    if (Array.isArray(value)) return value.map((item) => cleaned(item, schema.items));
    if (!isMapping(value)) return value;
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, content]) => {
        const child = childSchema(schema, key);
        const isAbsent = content === null && child !== undefined && isCollection(child, root);
        return isAbsent ? [] : [[key, cleaned(content, child)]];
      }),
    );
  };
  return cleaned(document, root);
}
