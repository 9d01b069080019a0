/** A URL or a path without the slashes at its end, so that more of a path can follow. */
export function withoutTrailingSlashes(location: string): string {
  return location.replace(/(?<!\/)\/+$/, '');
}

/** Parts of a Kubernetes DNS name: labels of a Service and its namespace. */
const LABEL = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?';
const BARE_NAME = new RegExp(`^${LABEL}$`);
const SERVICE_NAME = new RegExp(`^${LABEL}\\.(${LABEL})\\.svc(?:\\.cluster\\.local)?$`);
const SHORT_NAME = new RegExp(`^${LABEL}\\.(${LABEL})$`);

/** Common top-level domains: with one of them as namespace, `name.namespace` is read as a host of the Internet. */
const PUBLIC_DOMAINS = new Set(
  (
    'academy agency aero app arpa asia bio biz blog cat center cloud com coop dev digital earth edu email energy eu ' +
    'foundation global gmbh gov group info institute int jobs life live local mil mobi museum name net network news ' +
    'ninja online onion org page post pro pub review rocks run school science shop site social software solutions ' +
    'space store studio systems team tech technology tel today tools travel university website wiki work works world ' +
    'xyz zone'
  ).split(' '),
);

const withoutDot = (host: string) => host.toLowerCase().replace(/\.$/, '');

/** The namespace of the Service that a host is; null for one of the own namespace, undefined for any other host. */
function namespaceOf(host: string): string | null | undefined {
  const name = withoutDot(host);
  if (BARE_NAME.test(name) && name !== 'localhost' && !/^\d+$/.test(name)) return null;
  return SERVICE_NAME.exec(name)?.[1];
}

/**
 * Whether a host can only be a Service of the cluster: `name`, and `name.namespace.svc` with or without
 * `.cluster.local`. `name.namespace` does not count: each second label may be a domain of the Internet.
 */
export function isInsideCluster(host: string): boolean {
  return namespaceOf(host) !== undefined;
}

/** Whether a host is a Service of the cluster outside labs' namespaces, where users control the Services. */
export function isClusterService(host: string, labNamespacePrefix: string): boolean {
  const namespace = namespaceOf(host);
  return namespace === null || (namespace !== undefined && !namespace.startsWith(`${labNamespacePrefix}-`));
}

/** Whether a host of the configuration is `name.namespace`, a Service of the cluster, and none of the Internet. */
function isShortName(host: string): boolean {
  const [, namespace] = SHORT_NAME.exec(withoutDot(host)) ?? [];
  if (namespace === undefined) return false;
  return !/^(?:[a-z]{2}|\d+|xn--.*)$/.test(namespace) && !PUBLIC_DOMAINS.has(namespace);
}

/** Whether a URL's host, as `URL` writes it, can only be this machine. */
function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** Whether the host of a URL is among `hosts`, each with a port or without. */
export function isListedHost(url: URL, hosts: readonly string[]): boolean {
  const listed = hosts.map((host) => host.toLowerCase());
  return listed.includes(url.host) || listed.includes(url.hostname);
}

/**
 * Whether requests may be sent to a URL of the configuration: over TLS, or to this machine, a Service of the cluster
 * (`name.namespace` included), or one of these hosts.
 */
export function isSafeToAsk(url: URL, plainHttpHosts: readonly string[]): boolean {
  if (url.protocol === 'https:') return true;
  if (url.protocol !== 'http:') return false;
  const { hostname } = url;
  const isInside = isThisMachine(hostname) || isInsideCluster(hostname) || isShortName(hostname);
  return isInside || isListedHost(url, plainHttpHosts);
}

/** Limits where users' tokens may be sent. */
export interface IdentityBounds {
  /** URLs whose origins may always receive them. */
  readonly ownUrls: readonly string[];
  /** Further origins; null for loopback and every Service of the cluster outside labs' namespaces. */
  readonly identityOrigins: readonly string[] | null;
  readonly plainHttpHosts: readonly string[];
  readonly labNamespacePrefix: string;
}

/** Whether a user's token may be sent to a URL that service discovery has given. */
export function mayReceiveTokens(url: URL, bounds: IdentityBounds): boolean {
  const { ownUrls, identityOrigins, plainHttpHosts, labNamespacePrefix } = bounds;
  if (url.username !== '' || url.password !== '' || !isSafeToAsk(url, plainHttpHosts)) return false;
  const origins = [...ownUrls, ...(identityOrigins ?? [])].map((text) => new URL(text).origin);
  return (
    origins.includes(url.origin) ||
    (identityOrigins === null &&
      (isThisMachine(url.hostname) || isClusterService(url.hostname, labNamespacePrefix)))
  );
}
