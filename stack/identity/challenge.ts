/** The realm that all challenges name. */
const REALM = 'nublado.example.com';

/** A `WWW-Authenticate` header value, as an answer to a request without a credential. */
export const MISSING_TOKEN = `Bearer realm="${REALM}"`;

/** The same for a token that nobody holds. */
export const INVALID_TOKEN = `${MISSING_TOKEN}, error="invalid_token", error_description="Token is not valid"`;

/** The same for a token that is good, but not for this. */
export function insufficientScope(scope: string): string {
  return `${MISSING_TOKEN}, error="insufficient_scope", error_description="Token missing required scope", scope="${scope}"`;
}

/** The token of an `Authorization` header. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
}
