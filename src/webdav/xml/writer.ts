import { DAV, type XmlElement } from './element';

// Every answer declares this prefix at its root.
const DAV_PREFIX = 'D';
const XML = 'http://www.w3.org/XML/1998/namespace';

const MARKUP = /[&<>"\r]/g;
const IS_MARKUP = /[&<>"\r]/;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};

// Names of files may have control characters, which XML 1.0 cannot express at all.
// oxlint-disable-next-line no-control-regex
const UNSPEAKABLE = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g;

/** Beginning of every document. */
export const XML_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n';

/** Text as content or attribute value; characters that XML does not have become U+FFFD. */
export function escapeText(text: string): string {
  const speakable = text.toWellFormed().replace(UNSPEAKABLE, '\uFFFD');
  return IS_MARKUP.test(speakable)
    ? speakable.replace(MARKUP, (character) => ENTITIES[character] ?? character)
    : speakable;
}

/** WebDAV's own element around content that is XML already. */
export function dav(name: string, content = ''): string {
  return content === ''
    ? `<${DAV_PREFIX}:${name}/>`
    : `<${DAV_PREFIX}:${name}>${content}</${DAV_PREFIX}:${name}>`;
}

/** WebDAV's own element as the root of a document. */
export function davDocument(name: string, content: string): string {
  return `${XML_DECLARATION}${openRoot(name)}${content}${closeRoot(name)}`;
}

/** Start of a root element, for a document that is streamed. */
export function openRoot(name: string): string {
  return `<${DAV_PREFIX}:${name} xmlns:${DAV_PREFIX}="${DAV}">`;
}

/** End of a root element. */
export function closeRoot(name: string): string {
  return `</${DAV_PREFIX}:${name}>`;
}

/** An empty element of any namespace, as in the answer to a request for a property that there is not. */
export function emptyElement(namespace: string, name: string): string {
  return namespace === DAV ? dav(name) : `<${name} xmlns="${escapeText(namespace)}"/>`;
}

/** An element with all that is in it, which declares the namespaces itself. */
export function writeElement(element: XmlElement): string {
  const { namespace, name } = element;
  const attributes = element.attributes.map((attribute, index) => {
    const value = `"${escapeText(attribute.value)}"`;
    if (attribute.namespace === '') return ` ${attribute.name}=${value}`;
    if (attribute.namespace === XML) return ` xml:${attribute.name}=${value}`;
    return ` xmlns:a${index}="${escapeText(attribute.namespace)}" a${index}:${attribute.name}=${value}`;
  });
  const start = `${name} xmlns="${escapeText(namespace)}"${attributes.join('')}`;
  return element.children.length === 0 ? `<${start}/>` : `<${start}>${writeChildren(element)}</${name}>`;
}

/** All that is in an element. */
export function writeChildren({ children }: XmlElement): string {
  return children
    .map((child) => (typeof child === 'string' ? escapeText(child) : writeElement(child)))
    .join('');
}
