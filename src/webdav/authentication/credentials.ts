/** Longest token that is looked up, in characters. */
const MAX_TOKEN = 1024;

/**
 * The token that a request shows: of scheme `Bearer` or JupyterHub's `token`, or the password of `Basic`, whose name does
 * not count, since the hub says whose a token is. Null without one.
 */
export function tokenOf(authorization: string | undefined): string | null {
  const [, scheme = '', credentials = ''] = /^([A-Za-z]+) +([\x21-\x7e]+) *$/.exec(authorization ?? '') ?? [];
  switch (scheme.toLowerCase()) {
    case 'bearer':
    case 'token':
      return sendable(credentials);
    case 'basic':
      return sendable(passwordIn(credentials));
    default:
      return null;
  }
}

function passwordIn(credentials: string): string {
  const decoded = Buffer.from(credentials, 'base64').toString();
  const colon = decoded.indexOf(':');
  return colon === -1 ? '' : decoded.slice(colon + 1);
}

/** Only one word of plain ASCII can be in a header. */
function sendable(token: string): string | null {
  return token.length <= MAX_TOKEN && /^[\x21-\x7e]+$/.test(token) ? token : null;
}
