const MARKUP = Symbol('markup');

/** Text that is markup. Only `html` creates it, so that all other text is escaped. */
export interface Html {
  readonly [MARKUP]: string;
}

/** Values that templates accept. */
export type Content = Html | string | number | readonly Content[];

/** Creates markup from a template; every value is escaped, for text and for quoted attributes, unless it is markup. */
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
