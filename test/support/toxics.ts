import type { Stack } from '../../stack/description';

/** Faults of the connections through one of a stack's proxies. */
export interface ToxicProxy {
  /** Adds a toxic of toxiproxy, by default in the direction from the server to its client. */
  add(type: 'latency' | 'timeout' | 'reset_peer', attributes: object): Promise<void>;
  /** Closes the proxy, as if nothing listened there; connections break. */
  disable(): Promise<void>;
  /** Opens it again and removes all toxics. */
  heal(): Promise<void>;
}

/** The proxy in front of the API server or of Temporal. */
export function toxicProxy({ toxiproxy }: Stack, name: 'kubernetes' | 'temporal'): ToxicProxy {
  const url = `${toxiproxy.apiUrl}/proxies/${name}`;
  const send = async (target: string, method: string, body?: object) => {
    const answer = await fetch(target, { method, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`toxiproxy refused ${method} ${target}: ${await answer.text()}`);
    return answer.json().catch(() => null);
  };
  return {
    add: async (type, attributes) => void (await send(`${url}/toxics`, 'POST', { type, attributes })),
    disable: async () => void (await send(url, 'POST', { enabled: false })),
    async heal() {
      await send(url, 'POST', { enabled: true });
      const toxics = (await send(`${url}/toxics`, 'GET')) as { name: string }[];
      await Promise.all(toxics.map((toxic) => send(`${url}/toxics/${toxic.name}`, 'DELETE')));
    },
  };
}
