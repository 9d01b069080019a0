import type { FastifyRequest } from 'fastify';

function lastOf(header: string | string[] | undefined): string | null {
  const text = Array.isArray(header) ? header.join(',') : header;
  return text?.split(',').at(-1)?.trim() || null;
}

/** The address of the client: as forwarded by the nearest proxy, or the peer's own. */
export function clientAddress(request: FastifyRequest): string {
  return lastOf(request.headers['x-forwarded-for']) ?? request.socket.remoteAddress ?? 'unknown';
}

/**
 * The absolute URL of a path on this service, as the client reached it. The forwarded scheme is used only from a
 * proxy that also forwards the client's address.
 */
export function absoluteUrl(request: FastifyRequest, path: string): string {
  const isForwarded = lastOf(request.headers['x-forwarded-for']) !== null;
  const forwardedScheme = isForwarded ? lastOf(request.headers['x-forwarded-proto'])?.toLowerCase() : null;
  const scheme = forwardedScheme === 'https' ? 'https' : 'http';
  return `${scheme}://${request.headers.host ?? 'localhost'}${path}`;
}
