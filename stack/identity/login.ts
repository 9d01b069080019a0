import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Directory } from './directory';
import { sessionCookie } from './session';

/** Redirect target of a login without one. */
const HOME = '/nb/';

/** Paths of this site only, to prevent open redirects. */
function destination(parameters: URLSearchParams): string {
  const wanted = parameters.get('rd') ?? HOME;
  return /^\/(?![/\\])/.test(wanted) ? wanted : HOME;
}

const escaped = (text: string): string =>
  text.replaceAll(/[&<>"]/g, (character) => `&#${character.codePointAt(0)};`);

function page(directory: Directory, goal: string): string {
  const buttons = directory
    .all()
    .filter(({ user }) => user.scopes.includes('exec:notebook'))
    .map(({ user: { name = '', username } }) => {
      return `<button name="user" value="${escaped(username)}">${escaped(username)} <small>${escaped(name)}</small></button>`;
    });
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width">
  <meta name="color-scheme" content="light dark">
  <title>Log in</title>
  <style>
    body { font: 16px/1.5 system-ui, sans-serif; max-width: 28rem; margin: 3rem auto; padding: 0 1rem; }
    button { font: inherit; display: block; width: 100%; margin: .5rem 0; padding: .5rem 1rem; text-align: left; }
    small { opacity: .7; }
  </style>
</head>
<body>
  <h1>Who are you?</h1>
  <p>The users of this demonstration are invented and need no password.</p>
  <form method="post" action="/login">
    <input type="hidden" name="rd" value="${escaped(goal)}">
    ${buttons.join('\n    ')}
  </form>
</body>
</html>
`;
}

function redirect(response: ServerResponse, location: string, cookie?: string): void {
  response.writeHead(303, { location, ...(cookie === undefined ? {} : { 'set-cookie': cookie }) });
  response.end();
}

async function logIn(
  directory: Directory,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const parameters = new URLSearchParams(await text(request));
  const chosen = directory.all().find(({ user }) => user.username === parameters.get('user'));
  if (chosen) redirect(response, destination(parameters), sessionCookie(chosen.token));
  else response.writeHead(403, { 'content-type': 'text/plain' }).end('Unknown user');
}

/** The path of the login page, with the page to return to. */
export function loginPath(goal: string): string {
  return `/login?${new URLSearchParams({ rd: goal }).toString()}`;
}

/** Responds to the ingress's own paths: login and logout. False for all other paths. */
export function answerLogin(
  directory: Directory,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  switch (pathname) {
    case '/':
      redirect(response, HOME);
      return true;
    case '/logout':
      redirect(response, loginPath(HOME), sessionCookie(null));
      return true;
    case '/login':
      if (request.method === 'POST') void logIn(directory, request, response);
      else {
        response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
        response.end(page(directory, destination(searchParams)));
      }
      return true;
    default:
      return false;
  }
}
