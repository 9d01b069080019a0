import type { ObjectReference } from './objects';

/**
 * The URL path at which objects of the manifest's kind are created, by Kubernetes' rule for plurals.
 *
 * @throws TypeError when `apiVersion` or `kind` is missing.
 */
export function collectionPath({ apiVersion, kind, metadata }: ObjectReference): string {
  if (!apiVersion || !kind) throw new TypeError('a manifest needs apiVersion and kind');
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = metadata?.namespace ? `/namespaces/${encodeURIComponent(metadata.namespace)}` : '';
  return `${root}${scope}/${plural(kind.toLowerCase())}`;
}

/** The URL path of the object that has a manifest's kind, namespace and name. @throws TypeError as `collectionPath`. */
export function objectPath(manifest: ObjectReference): string {
  return `${collectionPath(manifest)}/${encodeURIComponent(manifest.metadata?.name ?? '')}`;
}

function plural(kind: string): string {
  if (kind.endsWith('y')) return `${kind.slice(0, -1)}ies`;
  return kind.endsWith('s') ? `${kind}es` : `${kind}s`;
}
