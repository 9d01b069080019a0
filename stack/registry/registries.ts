import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { selfSignedCertificate } from '../certificate';
import { type Launch, waitFor } from '../child';
import type { RegistryDescription } from '../description';
import { loopback, type Ports } from '../plan';
import { HTPASSWD, PASSWORD, USER } from './accounts';
import { AUDIENCE, ISSUER } from './token';

interface RegistryPlaces {
  readonly binaries: Readonly<Record<string, string>>;
  readonly files: { readonly registry: string };
  readonly launch: Launch;
}

const hostOf = (port: number): string => new URL(loopback(port)).host;

/** Description of the stack's registries. */
export function describeRegistry(ports: Ports): RegistryDescription {
  return {
    openHost: hostOf(ports.openRegistry),
    passwordHost: hostOf(ports.passwordRegistry),
    tokenHost: hostOf(ports.tokenRegistry),
    tokenServiceHost: hostOf(ports.tokenService),
    user: USER,
    password: PASSWORD,
  };
}

/** Starts three registries on one storage with different authentication, and the token service of one. */
export async function startRegistries(
  description: RegistryDescription,
  { binaries, files, launch }: RegistryPlaces,
): Promise<void> {
  const { openHost, passwordHost, tokenHost, tokenServiceHost } = description;
  const directory = files.registry;
  const file = (name: string) => join(directory, name);
  mkdirSync(file('storage'), { recursive: true });
  const { key, certificate } = selfSignedCertificate(ISSUER);
  writeFileSync(file('token.key'), key, { mode: 0o600 });
  writeFileSync(file('token.crt'), certificate);
  writeFileSync(file('htpasswd'), `${USER}:${HTPASSWD}\n`, { mode: 0o600 });

  const start = async (name: string, host: string, auth: object) => {
    writeFileSync(file(`${name}.yaml`), stringify(configuration(file('storage'), host, auth)));
    const command = binaries['docker-registry'] ?? '';
    const child = launch({ name, command, args: ['serve', file(`${name}.yaml`)], keepsData: true });
    await waitFor(name, [child], async () => [200, 401].includes((await fetch(`http://${host}/v2/`)).status));
  };
  const startTokenService = async () => {
    const args = [join(__dirname, 'main.ts'), `--listen=${tokenServiceHost}`, `--directory=${directory}`];
    const tsx = ['--import', require.resolve('tsx')];
    const child = launch({ name: 'registry-tokens', command: process.execPath, args: [...tsx, ...args] });
    await waitFor(
      'registry-tokens',
      [child],
      async () => (await fetch(`http://${tokenServiceHost}/token`)).ok,
    );
  };
  const rootcertbundle = file('token.crt');
  const token = {
    realm: `http://${tokenServiceHost}/token`,
    service: AUDIENCE,
    issuer: ISSUER,
    rootcertbundle,
  };
  await Promise.all([
    start('registry', openHost, {}),
    start('registry-password', passwordHost, { htpasswd: { realm: 'stack', path: file('htpasswd') } }),
    start('registry-token', tokenHost, { token }),
    startTokenService(),
  ]);
}

function configuration(storage: string, addr: string, auth: object): object {
  return {
    version: '0.1',
    log: { level: 'warn', accesslog: { disabled: true } },
    // Without a cache of blobs, since the registries share their storage.
    storage: { filesystem: { rootdirectory: storage }, delete: { enabled: true } },
    http: { addr },
    ...(Object.keys(auth).length > 0 ? { auth } : {}),
  };
}
