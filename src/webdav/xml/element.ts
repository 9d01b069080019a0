/** An element of a parsed document; names of namespaces are resolved. */
export interface XmlElement {
  readonly namespace: string;
  readonly name: string;
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly (XmlElement | string)[];
}

export interface XmlAttribute {
  readonly namespace: string;
  readonly name: string;
  readonly value: string;
}

/** Namespace of WebDAV's own elements. */
export const DAV = 'DAV:';

/** The elements among the children; WebDAV's of a name where one is given. */
export function childElements(element: XmlElement, name?: string): XmlElement[] {
  return element.children.filter(
    (child): child is XmlElement => typeof child !== 'string' && (name === undefined || isDav(child, name)),
  );
}

/** Whether an element is WebDAV's of this name. */
export function isDav(element: XmlElement, name: string): boolean {
  return element.namespace === DAV && element.name === name;
}

/** All text in an element, without that around it. */
export function textOf(element: XmlElement): string {
  return element.children
    .map((child) => (typeof child === 'string' ? child : textOf(child)))
    .join('')
    .trim();
}
