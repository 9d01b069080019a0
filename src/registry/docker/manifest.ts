import { createHash } from 'node:crypto';
import * as z from 'zod';

/** Media types of manifests that requests accept. */
export const MANIFEST_TYPES = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/json;q=0.5',
].join(', ');

const DIGEST = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}$/;

const IMAGE_CONFIGS: readonly string[] = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
];

const manifest = z.object({
  schemaVersion: z.number().nullish(),
  artifactType: z.string().nullish(),
  config: z.object({ mediaType: z.string().nullish() }).nullish(),
});

/** The digest in a `Docker-Content-Digest` header; null if it is absent or invalid. */
export function digestFromHeader(header: string | null): string | null {
  return header !== null && DIGEST.test(header) ? header : null;
}

/** The digest of a manifest: the SHA-256 of its bytes. */
export function digestOfBody(body: Uint8Array): string {
  return `sha256:${createHash('sha256').update(body).digest('hex')}`;
}

/**
 * The kind of a manifest: `other` for an artifact that is no image, such as a signature or a Helm chart; `broken` for
 * what is no manifest, and for schema version 1, whose digest is not that of its bytes.
 */
export function kindOfManifest(body: Uint8Array): 'image' | 'other' | 'broken' {
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return 'broken';
  }
  const parsed = manifest.safeParse(document);
  if (!parsed.success || parsed.data.schemaVersion === 1) return 'broken';
  const { artifactType, config } = parsed.data;
  const configType = config?.mediaType;
  const isImage = configType ? IMAGE_CONFIGS.includes(configType) : !artifactType;
  return isImage ? 'image' : 'other';
}
