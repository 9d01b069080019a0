import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { Stack } from './stack';

/** A separate proxy to the API server, which can be closed. */
export interface Way {
  /** A kubeconfig with the original credentials and the address of the proxy. */
  readonly kubeconfig: string;
  /** Breaks connections and refuses new ones. */
  close(): Promise<void>;
  /** Keeps connections and forwards no data. */
  stall(): Promise<void>;
  /** Undoes `close`. */
  open(): Promise<void>;
}

const proxySchema = z.object({ listen: z.string() });

/** Makes a proxy in the stack's toxiproxy, and a kubeconfig `file` that leads through it. */
export async function wayToApiServer(
  { kubernetes, toxiproxy }: Stack,
  kubeconfig: string,
  file: string,
): Promise<Way> {
  const name = `way-${randomBytes(4).toString('hex')}`;
  const send = async (path: string, body: object): Promise<unknown> => {
    const answer = await fetch(`${toxiproxy.apiUrl}/${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`toxiproxy refused ${path}: ${await answer.text()}`);
    return answer.json();
  };
  const upstream = new URL(kubernetes.server).host;
  const { listen } = proxySchema.parse(await send('proxies', { name, upstream, listen: '127.0.0.1:0' }));
  const text = readFileSync(kubeconfig, 'utf8').replace(kubernetes.server, `https://${listen}`);
  writeFileSync(file, text, { mode: 0o600 });
  const stalling = { type: 'timeout', attributes: { timeout: 0 } };
  return {
    kubeconfig: file,
    close: async () => void (await send(`proxies/${name}`, { enabled: false })),
    stall: async () => void (await send(`proxies/${name}/toxics`, stalling)),
    open: async () => void (await send(`proxies/${name}`, { enabled: true })),
  };
}
