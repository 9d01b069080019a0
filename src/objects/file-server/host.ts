/** IP addresses as `URL` writes them. */
const IP_ADDRESS = /^(?:\d+\.\d+\.\d+\.\d+|\[.*\])$/;

/**
 * The host of a URL for the rules of an Ingress or a route; null for an IP address, which Kubernetes refuses there: the
 * rules then hold for every host.
 */
export function hostOfRules(url: string): string | null {
  const { hostname } = new URL(url);
  return IP_ADDRESS.test(hostname) ? null : hostname;
}
