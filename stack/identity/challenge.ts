/** The realm of all challenges. */
const REALM = 'nublado.example.com';

/** `WWW-Authenticate` of a response to a request without credentials. */
export const MISSING_TOKEN = `Bearer realm="${REALM}"`;

/** The same for an unknown token. */
export const INVALID_TOKEN = `${MISSING_TOKEN}, error="invalid_token", error_description="Token is not valid"`;

/** The same for a valid token that lacks a scope. */
export function insufficientScope(scope: string): string {
  return `${MISSING_TOKEN}, error="insufficient_scope", error_description="Token missing required scope", scope="${scope}"`;
}

/** The token of an `Authorization` header. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
}
