import { BlockList, isIP } from 'node:net';
import { EnvHttpProxyAgent, fetch as undiciFetch } from 'undici';
import type { Config } from '../config/config';
import { isInsideCluster } from '../domain/urls';
import { type Fetch, isLoopback } from '../http/fetch';

/** Proxy URLs from the environment; they may contain credentials. */
export interface Proxies {
  /** URL of the proxy for `https`; null for none. */
  readonly https: string | null;
  /** The same for `http`. */
  readonly http: string | null;
  /** Hosts that are reached directly, in the form of `NO_PROXY`. */
  readonly bypass: string;
}

/** The types of the package undici differ from those of Node's own `fetch`. */
type ProxyingFetch = (url: string, init: object) => Promise<Response>;

/**
 * A `fetch` through proxies, except for hosts for which `isDirect` is true and those in `bypass` (hosts with their
 * subdomains, `*`, addresses and CIDR ranges). Without a proxy, the `fetch` of Node.
 */
export function proxiedFetch({ https, http, bypass }: Proxies, isDirect: (host: string) => boolean): Fetch {
  if (https === null && http === null) return globalThis.fetch;
  // Undici reads options that are undefined from the environment, and one agent with only `httpProxy` would use it for
  // https too.
  const agents = new Map(
    Object.entries({ 'https:': https, 'http:': http }).flatMap(([protocol, proxy]) =>
      proxy === null
        ? []
        : [[protocol, new EnvHttpProxyAgent({ httpProxy: proxy, httpsProxy: proxy, noProxy: bypass })]],
    ),
  );
  const ranges = rangesOf(bypass);
  return async (url, init) => {
    const { protocol, hostname } = new URL(url);
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const dispatcher = agents.get(protocol);
    const isBypassed = isDirect(host) || isInRange(ranges, host);
    if (!dispatcher || isBypassed) return globalThis.fetch(url, init);
    // Node's own fetch does not accept a dispatcher of another version of undici; the responses are alike in what is
    // used here.
    return await (undiciFetch as unknown as ProxyingFetch)(url, { ...init, dispatcher });
  };
}

/** The CIDR ranges in a list of hosts, such as `10.0.0.0/8`. */
function rangesOf(bypass: string): BlockList {
  const ranges = new BlockList();
  for (const entry of bypass.split(/[,\s]+/)) {
    const [address = '', prefix = ''] = entry.split('/');
    const version = isIP(address);
    const length = /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
    if (version !== 0 && length <= (version === 4 ? 32 : 128)) {
      ranges.addSubnet(address, length, version === 4 ? 'ipv4' : 'ipv6');
    }
  }
  return ranges;
}

function isInRange(ranges: BlockList, host: string): boolean {
  const version = isIP(host);
  return version !== 0 && ranges.check(host, version === 4 ? 'ipv4' : 'ipv6');
}

/** Clients for services other than Kubernetes and Temporal. */
export interface Outgoing {
  /** For image registries and their token services. */
  readonly registries: Fetch;
  /** For service discovery, the identity service and JupyterHub; undefined where each client uses its own. */
  readonly services: Fetch | undefined;
}

/** Creates the clients with the proxies of the environment, as configured. */
export function outgoingOf({ proxies, outgoing }: Pick<Config, 'outgoing' | 'proxies'>): Outgoing {
  const settings: Proxies = {
    https: proxies.https?.reveal() ?? null,
    http: proxies.http?.reveal() ?? null,
    bypass: proxies.bypass,
  };
  if (outgoing.proxies === 'registries') {
    return { registries: proxiedFetch(settings, isInsideCluster), services: undefined };
  }
  return { registries: proxiedFetch(settings, () => false), services: proxiedFetch(settings, isLoopback) };
}
