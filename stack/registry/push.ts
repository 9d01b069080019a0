import { createHash } from 'node:crypto';

/** An image to push; images with the same content have the same digest. */
export interface PushedImage {
  readonly tag: string;
  readonly content: string;
}

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const CONFIG = 'application/vnd.docker.container.image.v1+json';
const LAYER = 'application/vnd.docker.image.rootfs.diff.tar.gzip';
const CONCURRENCY = 8;

/** Pushes tiny images to a repository of the registry without authentication. Returns the digest of each tag. */
export async function pushImages(
  host: string,
  repository: string,
  images: readonly PushedImage[],
): Promise<ReadonlyMap<string, string>> {
  const base = `http://${host}/v2/${repository}`;
  const layer = await pushBlob(base, Buffer.from('no layer worth its name'));
  const digests = new Map<string, string>();
  // Concurrent uploads of one blob would conflict.
  const manifests = new Map<string, Promise<string>>();
  const manifestFor = (content: string): Promise<string> => {
    const known = manifests.get(content) ?? pushConfig(base, content, layer);
    manifests.set(content, known);
    return known;
  };
  const queue = images.values();
  const pushNext = async () => {
    for (const { tag, content } of queue) {
      const body = await manifestFor(content);
      await send(`${base}/manifests/${tag}`, { method: 'PUT', headers: { 'content-type': MANIFEST }, body });
      digests.set(tag, digestOf(Buffer.from(body)));
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, pushNext));
  return digests;
}

interface Blob {
  readonly digest: string;
  readonly size: number;
}

/** Pushes an image configuration and returns its manifest. */
async function pushConfig(base: string, content: string, layer: Blob): Promise<string> {
  const rootfs = { type: 'layers', diff_ids: [layer.digest] };
  const config = { architecture: 'amd64', os: 'linux', config: { Labels: { content } }, rootfs };
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: CONFIG, ...(await pushBlob(base, Buffer.from(JSON.stringify(config)))) },
    layers: [{ mediaType: LAYER, ...layer }],
  });
}

async function pushBlob(base: string, content: Buffer): Promise<Blob> {
  const started = await send(`${base}/blobs/uploads/`, { method: 'POST' });
  const target = new URL(started.headers.get('location') ?? '', base);
  const digest = digestOf(content);
  target.searchParams.set('digest', digest);
  const headers = { 'content-type': 'application/octet-stream' };
  await send(target.href, { method: 'PUT', headers, body: new Uint8Array(content) });
  return { digest, size: content.length };
}

async function send(url: string, init: RequestInit): Promise<Response> {
  const answer = await fetch(url, init);
  if (!answer.ok) throw new Error(`${init.method} ${url}: ${answer.status} ${await answer.text()}`);
  await answer.body?.cancel();
  return answer;
}

const digestOf = (content: Buffer): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;
