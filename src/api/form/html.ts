const MARKUP = Symbol('markup');

/** Text that is known to be markup. Only `html` makes it, so nothing else gets into a page unescaped. */
export interface Html {
  readonly [MARKUP]: string;
}

/** What may stand between pieces of markup. */
export type Content = Html | string | number | readonly Content[];

/** Markup from a template; every value in it is escaped, for text and for quoted attributes, unless it is markup. */
export function html(pieces: TemplateStringsArray, ...values: readonly Content[]): Html {
  const [first = '', ...others] = pieces;
  return {
    [MARKUP]: others.reduce((text, piece, index) => text + markupOf(values[index] ?? '') + piece, first),
  };
}

/** The text of markup. */
export function toText(markup: Html): string {
  return markup[MARKUP];
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function markupOf(content: Content): string {
  if (typeof content === 'string' || typeof content === 'number') {
    return String(content).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
  }
  return MARKUP in content ? content[MARKUP] : content.map(markupOf).join('');
}
