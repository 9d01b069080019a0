import { randomBytes } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import type { Exchange } from '../exchange';
import { childOf, namesOf, type ResourcePath } from '../request/url-paths';
import { escapeText } from '../xml/writer';
import { SCRIPTS, STYLE } from './assets';
import { icons } from './icons';

/**
 * Answers with the page of a folder. It holds no file names but those of the folders above; the script fetches the
 * listing.
 *
 * @param assets URL path of the folder of scripts and style
 */
export function answerPage({ path, request, response, service }: Exchange, assets: string): void {
  const nonce = randomBytes(16).toString('base64');
  const hrefOf = (folder: ResourcePath) => service.urls.hrefOf(folder, true);
  const root = namesOf(hrefOf('/')).at(-1);
  const title = root === undefined ? 'Files' : decodeURIComponent(root);
  const body = Buffer.from(documentOf({ assets, hrefOf, nonce, path, title }));
  response.writeHead(200, { ...headersWith(nonce), 'content-length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}

interface PageModel {
  readonly assets: string;
  readonly hrefOf: (folder: ResourcePath) => string;
  readonly nonce: string;
  readonly path: ResourcePath;
  /** Name of the served folder. */
  readonly title: string;
}

/**
 * Only scripts and styles of this answer run: those of the same origin are also users' files and labs. Modules that a
 * script imports have its nonce.
 */
function headersWith(nonce: string): OutgoingHttpHeaders {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    'img-src data:',
    "connect-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ];
  return {
    'cache-control': 'no-store',
    'content-security-policy': policy.join('; '),
    'content-type': 'text/html; charset=utf-8',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'same-origin',
    vary: 'accept',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  };
}

function documentOf({ assets, hrefOf, nonce, path, title }: PageModel): string {
  const names = namesOf(path);
  const here = names.at(-1) ?? title;
  const preloads = SCRIPTS.slice(1).map(
    (name) => `<link rel="modulepreload" nonce="${nonce}" href="${escapeText(assets + name)}">`,
  );
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeText(here)} – files</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" nonce="${nonce}" href="${escapeText(assets + STYLE)}">
${preloads.join('\n')}
<script type="module" nonce="${nonce}" src="${escapeText(assets + SCRIPTS[0])}"></script>
</head>
<body data-root="${escapeText(hrefOf('/'))}" data-folder="${escapeText(hrefOf(path))}">
${icons}
<header>
<h1><bdi>${escapeText(here)}</bdi></h1>
${names.length === 0 ? '' : `<nav aria-label="Folders above"><ol>${trail(names, title, hrefOf)}</ol></nav>`}
</header>
<main>
<noscript><p class="notice">This page needs JavaScript. A WebDAV client shows the files without it.</p></noscript>
<div id="actions" role="group" aria-label="Actions"></div>
<p id="status" role="status"></p>
<section id="uploads" aria-labelledby="uploads-title" hidden></section>
<p id="truncated" class="notice" hidden></p>
<table>
<caption class="for-readers">Files and folders</caption>
<thead></thead>
<tbody></tbody>
</table>
<p id="empty" hidden>This folder is empty. Drop files here, or choose “Upload files”.</p>
</main>
</body>
</html>
`;
}

function trail(names: readonly string[], title: string, hrefOf: PageModel['hrefOf']): string {
  let path: ResourcePath = '/';
  const above = [{ path, name: title }];
  for (const name of names) {
    path = childOf(path, name);
    above.push({ path, name });
  }
  const items = above.map(({ path, name }, index) => {
    const current = index === above.length - 1 ? ' aria-current="page"' : '';
    return `<li><a href="${escapeText(hrefOf(path))}"${current}><bdi>${escapeText(name)}</bdi></a></li>`;
  });
  return items.join('');
}
