import { html } from '../http/html';
import { type Page, renderPage } from '../http/page';
import { style } from './style';
import { type Way, waysToConnect } from './ways';

/** Who checks a user's password at the file server. */
export type PasswordCheck = 'gafaelfawr' | 'hub';

/** What the page about a user's file server says. */
export interface CreatedFileServer {
  readonly username: string;
  /** Where the file server is. */
  readonly url: string;
  /** Where a file server that has ended is started again: the address of this page. */
  readonly creatorUrl: string;
  /** Time without use after which the file server ends. */
  readonly idleTimeoutMs: number;
  readonly passwordCheck: PasswordCheck;
  /** The page where users make tokens; null where it is not known. */
  readonly tokensUrl: string | null;
}

/** The page for a user whose file server is usable. */
export function createdPage(server: CreatedFileServer): Page {
  const { creatorUrl, idleTimeoutMs, tokensUrl, url, username } = server;
  const tokens = tokensUrl === null ? '' : html`\n<a class="action" href="${tokensUrl}">Make a token</a>`;
  return renderPage({
    title: 'User Fileserver Created',
    style,
    body: html`<main>
<section class="card">
<p class="state">Ready</p>
<h1>Your files are ready</h1>
<p>The WebDAV server for the files of ${username} is ready. Open them in the browser, or connect your computer to the server.</p>
<dl class="facts">
<dt>Address</dt>
<dd><a href="${url}">${url}</a></dd>
<dt>User name</dt>
<dd><code>${username}</code></dd>
<dt>Password</dt>
<dd>${passwordText(server)}</dd>
</dl>
<div class="actions">
<a class="action main" href="${url}">Open your files in the browser</a>${tokens}
</div>
</section>
<h2>Connect your computer</h2>
<p>Whatever program you use, it asks for the user name and the password above.</p>
<div class="ways">
${waysToConnect({ url, username }).map(wayCard)}</div>
<footer>
<p>The server ends after ${durationText(idleTimeoutMs)} without use; your files stay. To start it again, come back to <a href="${creatorUrl}">${creatorUrl}</a>.</p>
<p class="quiet"><a href="https://en.wikipedia.org/wiki/WebDAV">WebDAV documentation</a>: what it is, and which other programs speak it.</p>
</footer>
</main>
`,
  });
}

function passwordText({ passwordCheck, tokensUrl }: CreatedFileServer) {
  if (passwordCheck === 'hub') {
    return html`a token of JupyterHub, which you make on its page <b>Token</b>; if you limit its scopes, keep <code>access:servers</code>`;
  }
  const token = html`a token with the scope <code>write:files</code>`;
  return tokensUrl === null
    ? token
    : html`${token}, which you make on the <a href="${tokensUrl}">page of your tokens</a>`;
}

function wayCard({ content, isWide = false, title }: Way) {
  return html`<section class="card${isWide ? ' wide' : ''}">
<h3>${title}</h3>
${content}</section>
`;
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/** A duration in the largest unit of which it is a whole number, such as `90 minutes`. */
export function durationText(milliseconds: number): string {
  const whole = UNITS.find(([, length]) => milliseconds >= length && milliseconds % length === 0);
  const [unit, length] = whole ?? ['second', 1_000];
  const count = Math.max(1, Math.round(milliseconds / length));
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
