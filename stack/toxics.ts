import { z } from 'zod';
import type { Stack } from './description';

/** Faults of the connections through one of a stack's proxies. */
export interface ToxicProxy {
  /** Where it listens, such as `127.0.0.1:4711`. */
  readonly address: string;
  /** Adds a toxic of toxiproxy, by default in the direction from the server to its client. */
  add(
    type: 'latency' | 'timeout' | 'reset_peer',
    attributes: object,
    stream?: 'downstream' | 'upstream',
  ): Promise<void>;
  /** Lets nothing through in either direction, as a network that drops packets; connections stay open until `heal`. */
  cut(): Promise<void>;
  /** Closes the proxy, as if nothing listened there; connections break. */
  disable(): Promise<void>;
  /** Opens it again and removes all toxics. */
  heal(): Promise<void>;
}

const proxySchema = z.object({ listen: z.string() });
const toxicsSchema = z.array(z.object({ name: z.string() }));

/** The proxy in front of the API server or of Temporal. */
export function toxicProxy({ toxiproxy }: Stack, name: 'kubernetes' | 'temporal'): ToxicProxy {
  const address = name === 'temporal' ? toxiproxy.temporalAddress : new URL(toxiproxy.kubernetesServer).host;
  return proxyAt(toxiproxy.apiUrl, name, address);
}

/** A further proxy, in front of an address such as `127.0.0.1:7233`. */
export async function openToxicProxy(
  { toxiproxy }: Stack,
  name: string,
  upstream: string,
): Promise<ToxicProxy> {
  const proxy = { name, upstream, listen: '127.0.0.1:0', enabled: true };
  const { listen } = proxySchema.parse(await send(`${toxiproxy.apiUrl}/proxies`, 'POST', proxy));
  return proxyAt(toxiproxy.apiUrl, name, listen);
}

function proxyAt(apiUrl: string, name: string, address: string): ToxicProxy {
  const url = `${apiUrl}/proxies/${name}`;
  const add: ToxicProxy['add'] = async (type, attributes, stream = 'downstream') => {
    await send(`${url}/toxics`, 'POST', { type, stream, attributes });
  };
  return {
    address,
    add,
    async cut() {
      await Promise.all(
        (['downstream', 'upstream'] as const).map((stream) => add('timeout', { timeout: 0 }, stream)),
      );
    },
    async disable() {
      await send(url, 'POST', { enabled: false });
    },
    async heal() {
      await send(url, 'POST', { enabled: true });
      const toxics = toxicsSchema.parse(await send(`${url}/toxics`, 'GET'));
      await Promise.all(toxics.map((toxic) => send(`${url}/toxics/${toxic.name}`, 'DELETE')));
    },
  };
}

async function send(target: string, method: string, body?: object): Promise<unknown> {
  const answer = await fetch(target, { method, ...(body && { body: JSON.stringify(body) }) });
  if (!answer.ok) throw new Error(`toxiproxy refused ${method} ${target}: ${await answer.text()}`);
  return answer.json().catch(() => null);
}
