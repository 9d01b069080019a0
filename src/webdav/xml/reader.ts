import { SaxesParser, type SaxesTagNS } from 'saxes';
import { DavError } from '../errors';
import type { XmlAttribute, XmlElement } from './element';

/** Deepest nesting of elements. */
const MAX_DEPTH = 32;

const XMLNS = 'http://www.w3.org/2000/xmlns/';

interface Open {
  readonly namespace: string;
  readonly name: string;
  readonly attributes: readonly XmlAttribute[];
  readonly children: (XmlElement | string)[];
}

/**
 * Parses a document. A document type is refused, so that there are no entities but XML's own five.
 *
 * @throws DavError 400 for a document that is not well-formed, has undeclared prefixes, or is nested too deeply.
 */
export function parseXml(text: string): XmlElement {
  const parser = new SaxesParser({ xmlns: true });
  const open: Open[] = [];
  let root: XmlElement | null = null;
  const addText = (piece: string) => {
    const children = open.at(-1)?.children;
    const last = children?.at(-1);
    if (typeof last === 'string') children?.splice(-1, 1, last + piece);
    else children?.push(piece);
  };
  parser.on('error', ({ message }) => {
    throw new DavError(400, `the XML cannot be understood: ${message}`);
  });
  parser.on('doctype', () => {
    throw new DavError(400, 'document types are not allowed', 'no-external-entities');
  });
  parser.on('opentag', (tag: SaxesTagNS) => {
    if (open.length === MAX_DEPTH) throw new DavError(400, 'the XML is nested too deeply');
    open.push({ namespace: tag.uri, name: tag.local, attributes: attributesOf(tag), children: [] });
  });
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const element = open.pop();
    if (element === undefined) return;
    if (open.length === 0) root = element;
    else open.at(-1)?.children.push(element);
  });
  parser.write(text).close();
  if (root === null) throw new DavError(400, 'the XML has no element');
  return root;
}

function attributesOf(tag: SaxesTagNS): XmlAttribute[] {
  return Object.values(tag.attributes)
    .filter(({ uri }) => uri !== XMLNS)
    .map(({ uri, local, value }) => ({ namespace: uri, name: local, value }));
}
