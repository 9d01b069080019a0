import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PagingProxy {
  readonly host: string;
  /** Pages given so far. */
  pages(): number;
  close(): Promise<void>;
}

/** Passes requests on to a registry and cuts its lists of tags into pages, as newer registries do by themselves. */
export async function startPagingProxy(target: string): Promise<PagingProxy> {
  let pages = 0;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', `http://${target}`);
    const size = Number(url.searchParams.get('n') ?? 1000);
    const last = url.searchParams.get('last') ?? '';
    void (async () => {
      const answer = await fetch(`http://${target}${url.pathname}`, { method: request.method ?? 'GET' });
      const { name, tags } = (await answer.json()) as { name: string; tags: string[] };
      const rest = tags.toSorted().filter((tag) => tag > last);
      const page = rest.slice(0, size);
      const query = new URLSearchParams({ last: page.at(-1) ?? '', n: String(size) }).toString();
      pages += 1;
      response
        .writeHead(
          answer.status,
          rest.length > size ? { link: `<${url.pathname}?${query}>; rel="next"` } : {},
        )
        .end(JSON.stringify({ name, tags: page }));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    pages: () => pages,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
