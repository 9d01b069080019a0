import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';

/** A page and the URL it was loaded from, after redirects. */
export interface Page {
  readonly status: number;
  readonly path: string;
  readonly text: string;
}

/** A browser without rendering: it keeps cookies by path and follows redirects. */
export interface Session {
  open(path: string): Promise<Page>;
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
}

const MAX_REDIRECTS = 20;

function parsed(line: string): Cookie {
  const [pair = '', ...attributes] = line.split(/; */);
  const [name = '', ...value] = pair.split('=');
  const path = attributes.find((attribute) => /^path=/i.test(attribute))?.slice('path='.length) ?? '/';
  return { name, value: value.join('='), path };
}

/** Opens a site with the session cookie of a user of its ingress. */
export function openSession(siteUrl: string, token: string): Session {
  let cookies: readonly Cookie[] = [{ name: 'gafaelfawr', value: token, path: '/' }];

  function keep({ headers }: IncomingMessage): void {
    for (const cookie of (headers['set-cookie'] ?? []).map(parsed)) {
      const others = cookies.filter(({ name, path }) => name !== cookie.name || path !== cookie.path);
      cookies = [...others, cookie];
    }
  }

  /** Not `fetch`, which sends `Sec-Fetch-Mode` headers of a script. */
  async function send(url: URL): Promise<IncomingMessage> {
    const cookie = cookies
      .filter(({ path }) => url.pathname.startsWith(path))
      .toSorted((left, right) => right.path.length - left.path.length)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
    const headers = { cookie, accept: 'text/html', 'sec-fetch-mode': 'navigate' };
    const [answer] = (await once(request(url, { headers }).end(), 'response')) as [IncomingMessage];
    keep(answer);
    return answer;
  }

  return {
    async open(path) {
      let url = new URL(path, siteUrl);
      for (let count = 0; count < MAX_REDIRECTS; count += 1) {
        const answer = await send(url);
        const page = { status: answer.statusCode ?? 0, path: url.pathname, text: await text(answer) };
        const { location } = answer.headers;
        if (location === undefined) return page;
        url = new URL(location, url);
      }
      throw new Error(`${path} redirects without end, lately to ${url.pathname}`);
    },
  };
}
