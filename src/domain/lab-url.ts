/** The port that a lab's Jupyter server listens on. */
export const LAB_PORT = 8888;

function originOf(podIp: string): string {
  const host = podIp.includes(':') ? `[${podIp}]` : podIp;
  return `http://${host}:${LAB_PORT}`;
}

/**
 * Where the hub and its proxy reach a lab: straight at its pod, below the hub's prefix for that user.
 * IPv6 addresses are put in brackets.
 */
export function labUrl(podIp: string, environment: Readonly<Record<string, string>>): string {
  return originOf(podIp) + (environment.JUPYTERHUB_SERVICE_PREFIX ?? '/');
}

/** The URL of a lab whose pod has got another address. */
export function movedLabUrl(url: string, podIp: string): string {
  return originOf(podIp) + url.replace(/^http:\/\/[^/]*/, '');
}

/** Whether a URL is that of a lab at this address. Nothing but a path may follow scheme, address and port. */
export function isLabUrlAt(url: string, podIp: string): boolean {
  return url.startsWith(`${originOf(podIp)}/`);
}
