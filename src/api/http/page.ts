import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { type Html, html, toText } from './html';

/** A complete HTML document, and the policy under which browsers show it. */
export interface Page {
  readonly text: string;
  readonly contentSecurityPolicy: string;
}

export interface PageContent {
  readonly title: string;
  /** The style sheet. */
  readonly style: Html;
  readonly body: Html;
}

/** Renders a page that loads nothing, runs no scripts, sends no forms and is shown in no frame. */
export function renderPage({ body, style, title }: PageContent): Page {
  const sheet = toText(style);
  const digest = createHash('sha256').update(sheet).digest('base64');
  const text = toText(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
${body}</body>
</html>
`);
  const contentSecurityPolicy = [
    "default-src 'none'",
    `style-src 'sha256-${digest}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return { text, contentSecurityPolicy };
}

/** Sends a page, which no cache keeps, with the status that the reply has. */
export function sendPage(reply: FastifyReply, { contentSecurityPolicy, text }: Page): FastifyReply {
  return reply
    .type('text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('content-security-policy', contentSecurityPolicy)
    .header('referrer-policy', 'same-origin')
    .header('x-content-type-options', 'nosniff')
    .serializer((body: unknown) => String(body))
    .send(text);
}
