import type { PropertyName, PropertyRequest } from '../request/propfind-body';
import { DAV } from '../xml/element';
import { propstat } from '../xml/multistatus';
import { dav, emptyElement, escapeText } from '../xml/writer';
import { type DeadProperties, propertyKey } from './dead-properties';
import { type LiveContext, liveProperty, type Resource, STANDARD } from './live-properties';

/** What the answers for all resources of one request have in common. */
export interface ResponseContext extends LiveContext {
  readonly properties: DeadProperties;
  readonly request: PropertyRequest;
  /** Whether the client does not want to be told what there is not. */
  readonly isBrief: boolean;
}

const STANDARD_NAMES: readonly PropertyName[] = Object.keys(STANDARD).map((name) => ({
  namespace: DAV,
  name,
}));

/** One resource's part of an answer to PROPFIND. */
export function propertyResponse(href: string, resource: Resource, context: ResponseContext): string {
  const { request } = context;
  const content = request.kind === 'names' ? names(resource, context) : values(resource, context);
  return dav('response', dav('href', escapeText(href)) + content);
}

function names(resource: Resource, context: ResponseContext): string {
  const live = STANDARD_NAMES.filter(({ name }) => (STANDARD[name]?.(resource, context) ?? null) !== null);
  const dead = [...context.properties.of(resource.path).values()].filter(
    ({ namespace, name }) => liveProperty(namespace, name) === undefined,
  );
  const all = [...live, ...dead].map(({ namespace, name }) => emptyElement(namespace, name));
  return propstat(200, all.join(''));
}

function values(resource: Resource, context: ResponseContext): string {
  const { properties, request, isBrief } = context;
  if (request.kind === 'names') return '';
  const dead = properties.of(resource.path);
  let found = '';
  let missing = '';
  const add = ({ namespace, name }: PropertyName, isTold: boolean) => {
    const stored = dead.size === 0 ? undefined : dead.get(propertyKey(namespace, name));
    const content = stored === undefined ? liveProperty(namespace, name)?.(resource, context) : null;
    if (stored !== undefined) found += stored.xml;
    else if (content !== undefined && content !== null) found += liveElement(namespace, name, content);
    else if (isTold) missing += emptyElement(namespace, name);
  };
  if (request.kind === 'all') {
    for (const standard of STANDARD_NAMES) add(standard, false);
    for (const { namespace, name, xml } of dead.values()) {
      if (!(namespace === DAV && Object.hasOwn(STANDARD, name))) found += xml;
    }
  }
  for (const property of request.properties) add(property, !isBrief);
  // A response needs at least one propstat.
  const isEmpty = found === '' && missing === '';
  return isEmpty
    ? dav('propstat', dav('prop') + dav('status', 'HTTP/1.1 200 OK'))
    : propstat(200, found) + propstat(404, missing);
}

function liveElement(namespace: string, name: string, content: string): string {
  return namespace === DAV
    ? dav(name, content)
    : `<${name} xmlns="${escapeText(namespace)}">${content}</${name}>`;
}
