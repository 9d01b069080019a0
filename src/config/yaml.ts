import { LineCounter, parseDocument } from 'yaml';
import { ConfigError, type Diagnostic } from './diagnostics';

const REMEDIES: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'Remove one of the two keys.',
  TAB_AS_INDENT: 'Indent with spaces.',
};

/**
 * Reads YAML 1.1 as its usual readers do: a lone `y` or `n` is a string, unlike in the specification.
 *
 * @throws ConfigError with lines and columns, quoting nothing of the text.
 */
export function parseYaml(text: string): unknown {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    version: '1.1',
    lineCounter,
    // Otherwise messages quote the text around the error, which may hold secrets.
    prettyErrors: false,
    customTags: (tags) =>
      tags.map((tag) =>
        typeof tag === 'object' && tag.tag === 'tag:yaml.org,2002:bool' && 'test' in tag && tag.test
          ? { ...tag, test: new RegExp(`^(?!.$)(?:${tag.test.source})`) }
          : tag,
      ),
  });
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map(({ code, message, pos }): Diagnostic => {
        const { line, col } = lineCounter.linePos(pos[0]);
        return {
          severity: 'error',
          path: `line ${line}, column ${col}`,
          value: null,
          rule: 'yaml',
          message: `not valid YAML: ${message} (${code})`,
          remedy: REMEDIES[code] ?? 'Correct the YAML at that place.',
        };
      }),
    );
  }
  return toPlain(document);
}

/** Aliases can make a small text a huge document, or an endless one. */
function toPlain(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new ConfigError([
      {
        severity: 'error',
        path: '(file)',
        value: null,
        rule: 'yaml',
        message: `not valid YAML: ${error instanceof Error ? error.message : 'its aliases cannot be resolved'}`,
        remedy: 'Write the values out instead of using anchors and aliases.',
      },
    ]);
  }
}
