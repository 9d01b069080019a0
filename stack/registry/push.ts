import { createHash } from 'node:crypto';

/** An image to push; images of the same content have the same digest. */
export interface PushedImage {
  readonly tag: string;
  readonly content: string;
}

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const CONFIG = 'application/vnd.docker.container.image.v1+json';
const LAYER = 'application/vnd.docker.image.rootfs.diff.tar.gzip';
const CONCURRENCY = 8;

/** Pushes tiny images into a repository of an open registry, and gives the digest of each tag. */
export async function pushImages(
  host: string,
  repository: string,
  images: readonly PushedImage[],
): Promise<ReadonlyMap<string, string>> {
  const base = `http://${host}/v2/${repository}`;
  const layer = await pushBlob(base, Buffer.from('no layer worth its name'));
  const digests = new Map<string, string>();
  const queue = images.values();
  const lane = async () => {
    for (const { tag, content } of queue) digests.set(tag, await pushImage(base, tag, content, layer));
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
  return digests;
}

interface Blob {
  readonly digest: string;
  readonly size: number;
}

async function pushImage(base: string, tag: string, content: string, layer: Blob): Promise<string> {
  const rootfs = { type: 'layers', diff_ids: [layer.digest] };
  const config = { architecture: 'amd64', os: 'linux', config: { Labels: { content } }, rootfs };
  const document = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: CONFIG, ...(await pushBlob(base, Buffer.from(JSON.stringify(config)))) },
    layers: [{ mediaType: LAYER, ...layer }],
  };
  const body = JSON.stringify(document);
  await send(`${base}/manifests/${tag}`, { method: 'PUT', headers: { 'content-type': MANIFEST }, body });
  return digestOf(Buffer.from(body));
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
