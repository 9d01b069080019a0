import { DavError } from '../errors';
import { childElements, isDav, type XmlElement } from '../xml/element';

/** Name of a property. */
export interface PropertyName {
  readonly namespace: string;
  readonly name: string;
}

/** Which properties a client asks for; `all` with further ones. */
export type PropertyRequest =
  | { readonly kind: 'names' }
  | { readonly kind: 'all' | 'some'; readonly properties: readonly PropertyName[] };

/** Reads the body of PROPFIND; without one all properties are meant. @throws DavError 400 for anything else. */
export function readPropfind(body: XmlElement | null): PropertyRequest {
  if (body === null) return { kind: 'all', properties: [] };
  if (!isDav(body, 'propfind')) throw new DavError(400, 'the body is no propfind');
  const [prop] = childElements(body, 'prop');
  const isAll = childElements(body, 'allprop').length > 0;
  const isNames = childElements(body, 'propname').length > 0;
  if (Number(prop !== undefined) + Number(isAll) + Number(isNames) !== 1) {
    throw new DavError(400, 'propfind needs one of prop, allprop and propname');
  }
  if (isNames) return { kind: 'names' };
  const [include] = childElements(body, 'include');
  const names = isAll ? include : prop;
  return { kind: isAll ? 'all' : 'some', properties: names === undefined ? [] : propertyNames(names) };
}

/** Names of the elements in a list of properties. */
export function propertyNames(list: XmlElement): PropertyName[] {
  return childElements(list).map(({ namespace, name }) => ({ namespace, name }));
}
