import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { buildComponents } from '../../stack/build';
import { hubComponents } from '../../stack/jupyterhub/components';
import { HUB_VERSION } from '../support/hub-version';

/** What a form was submitted with, in the way in which the hub sends it on to `create`. */
export type Submission = Readonly<Record<string, readonly string[]>>;

/** Pages that the form may find itself in. */
export const LOOKS = ['JupyterHub', 'Bootstrap 3', 'no style'] as const;

export type Look = (typeof LOOKS)[number];

/** A server of one page, which is like the hub's spawn page. */
export interface SpawnPage {
  readonly url: string;
  /** The fragment that the page has in its form. */
  fragment: string;
  look: Look;
  /** All submissions so far. */
  readonly submissions: Submission[];
  close(): Promise<void>;
}

/** Older hubs' rules that reach into the form, such as they were; light for everybody. */
const BOOTSTRAP_3 = `
  * { box-sizing: border-box; }
  body { margin: 0; font: 14px/1.43 Helvetica, Arial, sans-serif; color: #333; background-color: #fff; }
  label { display: inline-block; max-width: 100%; margin-bottom: 5px; font-weight: bold; }
  legend { display: block; width: 100%; margin-bottom: 20px; font-size: 21px; color: #333; border: 0;
    border-bottom: 1px solid #e5e5e5; }
  input[type='radio'], input[type='checkbox'] { margin: 4px 0 0; line-height: normal; }
  input, button, select { font-family: inherit; font-size: inherit; line-height: inherit; }
  .container { max-width: 1140px; margin: auto; }`;

/** Serves the page on a loopback port, with the style and the script for dark mode of the stack's JupyterHub. */
export async function serveSpawnPage(fragment: string): Promise<SpawnPage> {
  const { python = '' } = await buildComponents({ components: hubComponents('api', HUB_VERSION) });
  const statics = join(python, '../../share/jupyterhub/static');
  const files: Readonly<Record<string, { readonly type: string; readonly content: Buffer }>> = {
    '/style.css': { type: 'text/css', content: readFileSync(join(statics, 'css/style.min.css')) },
    '/darkmode.js': { type: 'text/javascript', content: readFileSync(join(statics, 'js/darkmode.js')) },
  };
  const submissions: Submission[] = [];

  const server = createServer((request, answer) => {
    const { method, url = '/' } = request;
    const file = files[url];
    if (file) return void answer.setHeader('content-type', file.type).end(file.content);
    answer.setHeader('content-type', 'text/html; charset=utf-8');
    if (method !== 'POST') return void answer.end(pageWith(spawnPage));
    void submissionOf(request).then((submission) => {
      submissions.push(submission);
      answer.end('<!DOCTYPE html><title>Started</title>');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const spawnPage: SpawnPage = {
    url: `http://127.0.0.1:${port}/`,
    fragment,
    look: 'JupyterHub',
    submissions,
    async close() {
      server.close().closeAllConnections();
      await once(server, 'close');
    },
  };
  return spawnPage;
}

async function submissionOf(request: IncomingMessage): Promise<Submission> {
  const type = request.headers['content-type'] ?? '';
  const data = await new Response(await buffer(request), { headers: { 'content-type': type } }).formData();
  return Object.fromEntries([...new Set(data.keys())].map((name) => [name, data.getAll(name).map(String)]));
}

const HEADS: Readonly<Record<Look, string>> = {
  JupyterHub: '<link rel="stylesheet" href="/style.css"><script src="/darkmode.js"></script>',
  'Bootstrap 3': `<style>${BOOTSTRAP_3}</style>`,
  'no style': '<style>:root { color-scheme: light dark; }</style>',
};

function pageWith({ fragment, look }: SpawnPage): string {
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>JupyterHub</title>
<link rel="icon" href="data:,">${HEADS[look]}</head>
<body>
${look === 'JupyterHub' ? '<button id="dark-theme-toggle" hidden>Theme</button>' : ''}
<div class="container"><div class="row text-center"><h1>Server Options</h1></div>
<div class="row justify-content-center"><div class="col-md-8">
<form enctype="multipart/form-data" id="spawn_form" action="/" method="post">
${fragment}<br>
<div class="feedback-container"><button type="submit" class="btn btn-jupyter form-control">Start</button></div>
</form></div></div></div></body></html>`;
}
