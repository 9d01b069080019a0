import type { FastifyRequest } from 'fastify';

function lastOf(header: string | string[] | undefined): string | null {
  const text = Array.isArray(header) ? header.join(',') : header;
  return text?.split(',').at(-1)?.trim() || null;
}

/** The address of the client: the one the nearest proxy has seen, or the peer's own. */
export function clientAddress(request: FastifyRequest): string {
  return lastOf(request.headers['x-forwarded-for']) ?? request.socket.remoteAddress ?? 'unknown';
}

/**
 * The absolute URL of a path on this service, as the client reached it. The scheme is believed only of a proxy
 * that also says whom it forwards for.
 */
export function absoluteUrl(request: FastifyRequest, path: string): string {
  const isForwarded = lastOf(request.headers['x-forwarded-for']) !== null;
  const forwardedScheme = isForwarded ? lastOf(request.headers['x-forwarded-proto'])?.toLowerCase() : null;
  const scheme = forwardedScheme === 'https' ? 'https' : 'http';
  return `${scheme}://${request.headers.host ?? 'localhost'}${path}`;
}
