/** Verb, resource and object of a request to the API server, in Kubernetes' terms. */
export interface RequestInfo {
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete` or `deletecollection`. */
  readonly verb: string;
  /** Plural resource, such as `pods`. */
  readonly kind: string;
  /** Null for cluster-scoped objects and for requests over all namespaces. */
  readonly namespace: string | null;
  /** Null where the URL names no object: creates, lists, watches. */
  readonly name: string | null;
}

const API_ROOT = /\/(?:api\/[^/]+|apis\/[^/]+\/[^/]+)\/(.+)/;

/** Reads verb, resource and names from a request to the API server; for other paths the kind is the path. */
export function describeRequest(method: string, url: string): RequestInfo {
  const { pathname, searchParams } = new URL(url);
  const segments = (API_ROOT.exec(pathname)?.[1] ?? pathname)
    .split('/')
    .filter(Boolean)
    .map(decodeURIComponent);
  const isNamespaced = segments[0] === 'namespaces' && segments.length > 2 && !isSubresource(segments[2]);
  const [kind = pathname, name = null] = isNamespaced ? segments.slice(2) : segments;
  return {
    verb: verbOf(method, name !== null, searchParams.get('watch') === 'true'),
    kind,
    namespace: isNamespaced ? (segments[1] ?? null) : null,
    name,
  };
}

function isSubresource(segment: string | undefined): boolean {
  return segment === 'status' || segment === 'finalize';
}

function verbOf(method: string, hasName: boolean, isWatch: boolean): string {
  switch (method) {
    case 'GET':
      if (isWatch) return 'watch';
      return hasName ? 'get' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'DELETE':
      return hasName ? 'delete' : 'deletecollection';
    default:
      return method.toLowerCase();
  }
}
