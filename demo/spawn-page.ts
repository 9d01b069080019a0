import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { HubClient } from '../stack/hub-client';

export interface SpawnPageOptions {
  /** Where the ingress is. */
  readonly ingressUrl: string;
  readonly username: string;
  readonly token: string;
  readonly hub: HubClient;
}

/** A page as JupyterHub has it around the form, for the time in which no hub is part of the demo. */
export interface SpawnPage {
  readonly url: string;
  close(): void;
}

const page = (title: string, content: string): string => `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width">
  <meta name="color-scheme" content="light dark">
  <title>${title}</title>
  <style>
    body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
    input[type="submit"] { font: inherit; padding: .5rem 2rem; margin-top: 1rem; }
  </style>
</head>
<body><h1>${title}</h1>${content}</body>
</html>
`;

async function readForm(request: IncomingMessage): Promise<Record<string, string[]>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
  const fields = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
  return Object.fromEntries([...new Set(fields.keys())].map((name) => [name, fields.getAll(name)]));
}

/** Serves the form of one user on loopback; what is chosen there is spawned as JupyterHub would. */
export async function serveSpawnPage(options: SpawnPageOptions): Promise<SpawnPage> {
  const { ingressUrl, username, token, hub } = options;

  async function form(): Promise<string> {
    const url = `${ingressUrl}/nublado/spawner/v1/lab-form/${username}`;
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    const submit = '<input type="submit" value="Start">';
    return page('Server Options', `<form method="post">${await answer.text()}${submit}</form>`);
  }

  async function spawn(request: IncomingMessage): Promise<string> {
    const chosen = await readForm(request);
    try {
      const url = await hub.start(username, token, { options: chosen });
      return page(
        'Your lab runs',
        `<p>The hub reaches it at <code>${url}</code>.</p><p><a href="/">Choose again</a></p>`,
      );
    } catch {
      return page(
        'Your lab does not run',
        '<p>The log of the demo says why.</p><p><a href="/">Choose again</a></p>',
      );
    }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const content = request.method === 'POST' ? await spawn(request) : await form();
    response.setHeader('content-type', 'text/html; charset=utf-8').end(content);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(500).end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
