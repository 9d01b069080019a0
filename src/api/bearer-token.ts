import type { FastifyRequest } from 'fastify';

/** The token of a request, of scheme `Bearer` or JupyterHub's `token`; null without one. */
export function bearerToken({ headers }: Pick<FastifyRequest, 'headers'>): string | null {
  return /^(?:bearer|token) +([\x21-\x7e]+)$/i.exec(headers.authorization ?? '')?.[1] ?? null;
}
