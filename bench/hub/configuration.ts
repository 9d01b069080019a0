import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Stack } from '../../stack/description';
import { CHECKOUT } from '../../stack/paths';

/** The full JupyterHub of a stack. @throws Error where there is none. */
export function describedHub({ jupyterhub }: Stack) {
  if (!jupyterhub?.url) throw new Error('the stack has no full JupyterHub');
  return { ...jupyterhub, url: jupyterhub.url };
}

/**
 * Writes the configuration of the other measurements with notifications of the stack's hub, if it has one, and with other
 * sections; a second call replaces the file, which a running controller then reads. Returns its path.
 */
export function configurationOn(stack: Stack, sections: object = {}): string {
  const { directory, jupyterhub } = stack;
  const config = parse(readFileSync(join(CHECKOUT, 'bench/config.yaml'), 'utf8')) as object;
  const hub = jupyterhub && { apiUrl: jupyterhub.apiUrl, tokenPath: jupyterhub.serviceTokenFile };
  const file = join(directory, 'bench.yaml');
  writeFileSync(file, stringify({ ...config, ...(hub ? { hub } : {}), ...sections }));
  return file;
}
