/** The port that a lab's Jupyter server listens on. */
export const LAB_PORT = 8888;

/**
 * Where the hub and its proxy reach a lab: straight at its pod, below the hub's prefix for that user.
 * IPv6 addresses are put in brackets.
 */
export function labUrl(podIp: string, environment: Readonly<Record<string, string>>): string {
  const host = podIp.includes(':') ? `[${podIp}]` : podIp;
  return `http://${host}:${LAB_PORT}${environment.JUPYTERHUB_SERVICE_PREFIX ?? '/'}`;
}
