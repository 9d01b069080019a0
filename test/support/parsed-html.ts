import { type DefaultTreeAdapterTypes, parseFragment } from 'parse5';

/** An element as parsed by a browser's parser. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** All text within. */
  readonly text: string;
}

/** The elements of a fragment in the order of its text. */
export function elementsOf(fragment: string): Element[] {
  return within(parseFragment(fragment));
}

type Node = DefaultTreeAdapterTypes.ChildNode | DefaultTreeAdapterTypes.DocumentFragment;

function within(node: Node): Element[] {
  const children = 'childNodes' in node ? node.childNodes.flatMap(within) : [];
  if (!('tagName' in node)) return children;
  const attributes = Object.fromEntries(node.attrs.map(({ name, value }) => [name, value]));
  return [{ name: node.tagName, attributes, text: textOf(node) }, ...children];
}

function textOf(node: Node): string {
  if (node.nodeName === '#text' && 'value' in node) return node.value;
  return 'childNodes' in node ? node.childNodes.map(textOf).join('') : '';
}
