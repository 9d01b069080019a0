import { scalar } from './scalars';

/** Variables that an annotation template may use. */
export type TemplateVariable = 'uid' | 'gid';

/** A parsed template: literal text and variables, in order. */
export type Template = readonly (string | { readonly variable: TemplateVariable })[];

const PARTS = /\{\{\s*(uid|gid)\s*\}\}/;

function readTemplate(value: unknown): Template | undefined {
  if (typeof value !== 'string') {
    return undefined;
  }
  // Jinja drops one newline at the end of a template.
  const pieces = value.replace(/\n$/, '').split(PARTS);
  const parts = pieces.map((piece, index) =>
    index % 2 ? { variable: piece === 'uid' ? ('uid' as const) : ('gid' as const) } : piece,
  );
  const isPlain = parts.every((part) => typeof part !== 'string' || !/\{\{|\{%|\{#/.test(part));
  return isPlain ? parts.filter((part) => part !== '') : undefined;
}

/** A text with `{{ uid }}` and `{{ gid }}` in Jinja syntax; anything else in braces is an error. */
export const template = () => scalar('a template that uses only {{ uid }} and {{ gid }}', readTemplate);
