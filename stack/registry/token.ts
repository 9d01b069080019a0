import { randomUUID, sign } from 'node:crypto';

export const ISSUER = 'stack-registry-tokens';
export const AUDIENCE = 'stack-registry';

/** The registry takes tokens for a minute after they have expired. */
const LEEWAY_S = 60;

export interface TokenRequest {
  readonly subject: string;
  /** Scopes as registries write them, such as `repository:labs/sketchbook:pull,push`. */
  readonly scopes: readonly string[];
  readonly mayWrite: boolean;
  readonly lifeS: number;
}

/** Signs a token that the registry takes for what was asked, or for reading only. */
export function registryToken(
  { subject, scopes, mayWrite, lifeS }: TokenRequest,
  { key, certificate }: { readonly key: string; readonly certificate: string },
): string {
  const now = Math.floor(Date.now() / 1000);
  const access = scopes.map((scope) => {
    const [type, name, actions = ''] = scope.split(':');
    return { type, name, actions: actions.split(',').filter((action) => mayWrite || action === 'pull') };
  });
  const header = { typ: 'JWT', alg: 'RS256', x5c: [certificate.replaceAll(/-----[A-Z ]+-----|\n/g, '')] };
  const times = { iat: now, nbf: now - LEEWAY_S, exp: now + lifeS - LEEWAY_S };
  const claims = { iss: ISSUER, sub: subject, aud: AUDIENCE, jti: randomUUID(), ...times, access };
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}
