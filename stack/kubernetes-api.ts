import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { parse } from 'yaml';
import { z } from 'zod';

/** A response of the API server: HTTP status and parsed body. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A minimal Kubernetes client, for setting up and reading a cluster. */
export interface KubernetesApi {
  /** URL of the API server. */
  readonly server: string;
  /** Sends one request and returns the response with any status; rejects without a response. */
  send(method: string, path: string, body?: unknown, contentType?: string): Promise<Answer>;
  /** Creates or updates an object by server-side apply. @throws Error unless the status is 2xx. */
  apply(path: string, object: object): Promise<void>;
  /** The events of a watch, until the server ends it. @throws Error when it is refused. */
  watch(path: string): AsyncGenerator;
  close(): void;
}

const kubeconfigSchema = z.object({
  clusters: z.tuple([
    z.object({ cluster: z.object({ server: z.string(), 'certificate-authority-data': z.base64() }) }),
  ]),
  users: z.tuple([z.object({ user: z.object({ token: z.string() }) })]),
});

/** A client with the user of a kubeconfig file of the stack. */
export function kubernetesApi(kubeconfigFile: string): KubernetesApi {
  const kubeconfig = kubeconfigSchema.parse(parse(readFileSync(kubeconfigFile, 'utf8')));
  const { cluster } = kubeconfig.clusters[0];
  const agent = new Agent({
    keepAlive: true,
    ca: Buffer.from(cluster['certificate-authority-data'], 'base64'),
  });

  const send: KubernetesApi['send'] = (method, path, body, contentType = 'application/json') =>
    new Promise((resolve, reject) => {
      const headers: Record<string, string> = { authorization: `Bearer ${kubeconfig.users[0].user.token}` };
      const text = body === undefined ? undefined : JSON.stringify(body);
      if (text !== undefined) {
        headers['content-type'] = contentType;
        // Without it Node sends no length of the body of a DELETE, and the server parses that as the next request.
        headers['content-length'] = String(Buffer.byteLength(text));
      }
      const sent = request(`${cluster.server}${path}`, { method, agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body: parseBody(Buffer.concat(chunks).toString()) });
        });
      });
      sent.on('error', reject);
      sent.setTimeout(10_000, () => sent.destroy(new Error(`${method} ${path} took longer than 10 s`)));
      sent.end(text);
    });

  async function* watch(path: string): AsyncGenerator {
    const headers = { authorization: `Bearer ${kubeconfig.users[0].user.token}` };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request(`${cluster.server}${path}`, { agent, headers }, resolve).on('error', reject).end();
    });
    if (response.statusCode !== 200) throw new Error(`watch ${path}: status ${response.statusCode}`);
    let rest = '';
    for await (const text of response.setEncoding('utf8')) {
      const lines = (rest + String(text)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line);
    }
  }

  return {
    server: cluster.server,
    send,
    watch,
    async apply(path, object) {
      const type = 'application/apply-patch+yaml';
      const answer = await send('PATCH', `${path}?fieldManager=stack&force=true`, object, type);
      if (answer.status >= 300) throw new Error(`apply ${path}: ${JSON.stringify(answer.body)}`);
    },
    close: () => agent.destroy(),
  };
}

/** Parses a body that is one JSON document; returns other bodies (of probes and watches) as text. */
function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
