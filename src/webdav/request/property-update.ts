import { DavError } from '../errors';
import { childElements, isDav, type XmlElement } from '../xml/element';

/** One step of PROPPATCH: an element to store, or to remove. */
export interface PropertyChange {
  readonly isRemoval: boolean;
  readonly element: XmlElement;
}

/** Reads the body of PROPPATCH; its steps are in order. @throws DavError 400 for anything else. */
export function readPropertyUpdate(body: XmlElement | null): PropertyChange[] {
  if (body === null || !isDav(body, 'propertyupdate'))
    throw new DavError(400, 'the body is no propertyupdate');
  const changes = childElements(body).flatMap((step) => {
    const isRemoval = isDav(step, 'remove');
    if (!isRemoval && !isDav(step, 'set')) return [];
    return childElements(step, 'prop')
      .flatMap((prop) => childElements(prop))
      .map((element) => ({ isRemoval, element }));
  });
  if (changes.length === 0) throw new DavError(400, 'the propertyupdate changes nothing');
  return changes;
}
