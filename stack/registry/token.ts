import { randomUUID, sign } from 'node:crypto';

export const ISSUER = 'stack-registry-tokens';
export const AUDIENCE = 'stack-registry';

/** The registry accepts tokens up to 60 s after their expiry. */
const LEEWAY_S = 60;

export interface TokenRequest {
  readonly subject: string;
  /** Scopes in the registry's format, such as `repository:labs/sketchbook:pull,push`. */
  readonly scopes: readonly string[];
  readonly mayWrite: boolean;
  readonly lifetimeS: number;
}

/** Signs a token for the requested scopes, or for pulling only. */
export function registryToken(
  { subject, scopes, mayWrite, lifetimeS }: TokenRequest,
  { key, certificate }: { readonly key: string; readonly certificate: string },
): string {
  const now = Math.floor(Date.now() / 1000);
  const access = scopes.map((scope) => {
    const [type, name, actions = ''] = scope.split(':');
    return { type, name, actions: actions.split(',').filter((action) => mayWrite || action === 'pull') };
  });
  const header = { typ: 'JWT', alg: 'RS256', x5c: [certificate.replaceAll(/-----[A-Z ]+-----|\n/g, '')] };
  const times = { iat: now, nbf: now - LEEWAY_S, exp: now + lifetimeS - LEEWAY_S };
  const claims = { iss: ISSUER, sub: subject, aud: AUDIENCE, jti: randomUUID(), ...times, access };
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}
