import type { IncomingHttpHeaders } from 'node:http';

const COOKIE = 'gafaelfawr';

function cookiesOf({ cookie = '' }: IncomingHttpHeaders): string[] {
  return cookie.split(/; */).filter(Boolean);
}

const isSession = (cookie: string): boolean => cookie.startsWith(`${COOKIE}=`);

/** The session token in a browser's cookie. */
export function sessionToken(headers: IncomingHttpHeaders): string | undefined {
  const session = cookiesOf(headers).find(isSession);
  return session?.slice(COOKIE.length + 1) || undefined;
}

/** The cookies without the session cookie of the ingress. */
export function cookiesWithoutSession(headers: IncomingHttpHeaders): string | undefined {
  return (
    cookiesOf(headers)
      .filter((cookie) => !isSession(cookie))
      .join('; ') || undefined
  );
}

/** A `Set-Cookie` header that starts a session, or ends it. */
export function sessionCookie(token: string | null): string {
  const attributes = 'Path=/; HttpOnly; SameSite=Lax';
  return token === null ? `${COOKIE}=; Max-Age=0; ${attributes}` : `${COOKIE}=${token}; ${attributes}`;
}
