import { isMap, isNode, isScalar, isSeq, LineCounter, type Pair, parseAllDocuments } from 'yaml';
import { ConfigError } from '../../config/diagnostics';
import { READING, syntaxErrors, toPlain } from '../../config/documents/yaml';
import { emptyAt, isKeyed, type Location, merged, type Placed } from './placed';

/** Most bytes of one file; Helm keeps values in a Secret, which holds no more. */
export const MAX_BYTES = 2 ** 20;

/** Deepest nesting. */
export const MAX_DEPTH = 50;

/** Most values of all files together, aliases written out. */
export const MAX_PARTS = 100_000;

/** A file as it was read. */
export interface ValuesFile {
  readonly name: string;
  readonly text: string;
}

/** Thrown when files cannot be understood; the message quotes nothing of them but their names. */
export class UnusableFiles extends Error {
  override readonly name = 'UnusableFiles';
}

/**
 * Reads files of Helm values and merges them as Helm does: later files take precedence, and a key that is null goes. Several
 * documents of one file count as files.
 *
 * @throws UnusableFiles when there is none, or one cannot be read or is too large.
 */
export function readValues(files: readonly ValuesFile[]): Placed {
  const documents = files.flatMap((file) => readDocuments(file));
  const start = { file: files[0]?.name ?? '', line: 1, column: 1 };
  const values = documents.reduce((values, document) => {
    if (document.value === null) return values;
    if (isKeyed(document.value)) return merged(values, document);
    throw new UnusableFiles(`${document.at.file}: values are a mapping; this is something else`);
  }, emptyAt(start));
  if (values.parts.size === 0) throw new UnusableFiles('there are no values in these files');
  return values;
}

/**
 * The documents of a file, in order.
 *
 * @throws UnusableFiles when it cannot be read, or is too large.
 */
export function readDocuments({ name, text }: ValuesFile): Placed[] {
  if (text.length > MAX_BYTES) throw new UnusableFiles(`${name}: is larger than ${MAX_BYTES} bytes`);
  const lineCounter = new LineCounter();
  try {
    // The library takes quadratic time to find keys that are there twice; `Placer` finds them.
    const documents = parseAllDocuments(text, { ...READING, uniqueKeys: false, lineCounter });
    const errors = documents.flatMap((document) => syntaxErrors(document, lineCounter));
    if (errors.length > 0) throw new ConfigError(errors);
    const placer = new Placer(name, lineCounter);
    return documents.map((document) =>
      placer.placed(toPlain(document), document.contents, { file: name, line: 1, column: 1 }, 0),
    );
  } catch (error) {
    throw unusable(name, error);
  }
}

/** Of other errors than our own, only the kind is said, since their text may quote values. */
function unusable(name: string, error: unknown): UnusableFiles {
  if (error instanceof UnusableFiles) return error;
  if (error instanceof ConfigError) {
    const lines = error.problems.map(
      ({ path, message, remedy }) => `${name}: ${path}: ${message}; ${remedy}`,
    );
    return new UnusableFiles(lines.slice(0, 20).join('\n'));
  }
  return new UnusableFiles(`${name}: cannot be read (${error instanceof Error ? error.name : typeof error})`);
}

/** Joins plain values of one file with the nodes that they come from. */
class Placer {
  #parts = 0;

  constructor(
    private readonly file: string,
    private readonly lineCounter: LineCounter,
  ) {}

  /** What an alias or a merged mapping brings has the place where that is used: `node` is none of its own. */
  placed(value: unknown, node: unknown, at: Location, depth: number): Placed {
    this.#parts += 1;
    if (this.#parts > MAX_PARTS) throw new UnusableFiles(`${this.file}: has more than ${MAX_PARTS} values`);
    if (depth > MAX_DEPTH) throw new UnusableFiles(`${this.file}: nests deeper than ${MAX_DEPTH} levels`);
    if (Array.isArray(value)) {
      const nodes: readonly unknown[] = isSeq(node) && node.items.length === value.length ? node.items : [];
      const parts = value.map((item, index): [string, Placed] => [
        String(index),
        this.placed(item, nodes[index], this.#locate(nodes[index]) ?? at, depth + 1),
      ]);
      return { value, at, parts: new Map(parts) };
    }
    if (!isKeyed(value)) return { value, at, parts: new Map() };
    const pairs = this.#pairsOf(isMap(node) ? node.items : []);
    const parts = Object.entries(value).map(([key, content]): [string, Placed] => {
      const pair = pairs.get(key);
      return [key, this.placed(content, pair?.value, this.#locate(pair?.key) ?? at, depth + 1)];
    });
    return { value, at, parts: new Map(parts) };
  }

  #pairsOf(items: readonly Pair[]): ReadonlyMap<string, Pair> {
    const pairs = new Map<string, Pair>();
    for (const pair of items) {
      const key = keyOf(pair);
      if (key !== undefined && pairs.has(key)) {
        const { line, column } = this.#locate(pair.key) ?? { line: 1, column: 1 };
        throw new UnusableFiles(
          `${this.file}: line ${line}, column ${column}: a key is there twice; remove one`,
        );
      }
      if (key !== undefined) pairs.set(key, pair);
    }
    return pairs;
  }

  #locate(node: unknown): Location | undefined {
    const offset = isNode(node) ? node.range?.[0] : undefined;
    if (offset === undefined) return undefined;
    const { line, col } = this.lineCounter.linePos(offset);
    return { file: this.file, line, column: col };
  }
}

/** A key as plain values have it; undefined for `<<`, and for keys that are no texts or numbers. */
function keyOf({ key }: Pair): string | undefined {
  const value: unknown = isScalar(key) ? key.value : undefined;
  return (typeof value === 'string' && value !== '<<') || typeof value === 'number'
    ? String(value)
    : undefined;
}
