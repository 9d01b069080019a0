import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseSync } from '@swc/core';

const SOURCE = join(__dirname, '../../../src');

/** A regular expression of the product. */
export interface Expression {
  /** Below `src`. */
  readonly file: string;
  readonly pattern: string;
  readonly flags: string;
}

/** Every literal, and the files that make expressions of text. */
export interface Expressions {
  readonly literals: readonly Expression[];
  readonly composing: readonly string[];
}

type Node = Readonly<Record<string, unknown>>;

function* nodesOf(tree: unknown): Generator<Node> {
  if (Array.isArray(tree)) {
    for (const item of tree) yield* nodesOf(item);
  } else if (typeof tree === 'object' && tree !== null) {
    yield tree as Node;
    yield* nodesOf(Object.values(tree));
  }
}

function isComposed({ type, callee }: Node): boolean {
  const called = callee as Node | undefined;
  return (type === 'NewExpression' || type === 'CallExpression') && called?.['value'] === 'RegExp';
}

/** Reads the whole source of the product. */
export function expressionsOfSource(): Expressions {
  const names = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' });
  const literals: Expression[] = [];
  const composing = new Set<string>();
  for (const name of names.filter((name) => name.endsWith('.ts')).toSorted()) {
    const text = readFileSync(join(SOURCE, name), 'utf8');
    const file = relative(SOURCE, join(SOURCE, name));
    for (const node of nodesOf(parseSync(text, { syntax: 'typescript', target: 'es2023' }))) {
      if (node['type'] === 'RegExpLiteral') {
        literals.push({ file, pattern: String(node['pattern']), flags: String(node['flags']) });
      }
      if (isComposed(node)) composing.add(file);
    }
  }
  return { literals, composing: [...composing] };
}
