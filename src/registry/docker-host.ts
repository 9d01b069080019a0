const DOCKER_HUB = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);
const DOCKER_HUB_API = 'registry-1.docker.io';

/** Whether a host, its port included or not, is one of the names of Docker Hub. */
export function isDockerHub(host: string): boolean {
  return DOCKER_HUB.has(host.toLowerCase());
}

/**
 * Where the API of a repository is, over TLS. Docker Hub answers under a host of its own.
 *
 * @throws Error for a host that is none.
 */
export function repositoryUrl(registry: string, repository: string): URL {
  const host = isDockerHub(registry) ? DOCKER_HUB_API : registry;
  const name = isDockerHub(registry) && !repository.includes('/') ? `library/${repository}` : repository;
  const path = name.split('/').map(encodeURIComponent).join('/');
  const text = `https://${host}/v2/${path}/`;
  if (!/^[\w.:[\]-]+$/.test(host) || !URL.canParse(text))
    throw new Error(`"${registry}" is not the host of a registry`);
  return new URL(text);
}
