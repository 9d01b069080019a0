import type { FastifyRequest } from 'fastify';

/** The token of a request, also by JupyterHub's own scheme `token`; null where there is none to be read. */
export function bearerToken({ headers }: Pick<FastifyRequest, 'headers'>): string | null {
  return /^(?:bearer|token) +([\x21-\x7e]+)$/i.exec(headers.authorization ?? '')?.[1] ?? null;
}
