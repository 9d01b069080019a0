import { createDockerRegistry, type DockerRegistryOptions } from '../../../src/registry/docker/client';
import { DockerCredentials } from '../../../src/registry/docker/credentials';
import { RegistryError, type RegistryErrorFacts } from '../../../src/registry/errors';
import { type Answer, json, type ScriptedServer, startScriptedServer } from '../kubernetes/scripted-server';

/** What must never be seen where it does not belong. */
export const PASSWORD = 'swordfish-1234';
export const CREDENTIALS = new DockerCredentials('ada', PASSWORD);
export const BASIC = CREDENTIALS.authorization();
export const DIGEST = `sha256:${'5'.repeat(64)}`;

const servers: ScriptedServer[] = [];

/** Stops every server of this file's tests so far. */
export async function closeServers(): Promise<void> {
  await Promise.all(servers.splice(0).map((server) => server.close()));
}

/** A server on this machine that `closeServers` stops. */
export async function serving(...answers: Answer[]): Promise<ScriptedServer> {
  const server = await startScriptedServer(...answers);
  servers.push(server);
  return server;
}

/** The host and port of a server. */
export const hostOf = ({ url }: ScriptedServer): string => new URL(url).host;

/** A client of repository `sciplat/lab` on a server. */
export function clientOf(server: ScriptedServer, options: Partial<DockerRegistryOptions> = {}) {
  return createDockerRegistry({
    registry: hostOf(server),
    repository: 'sciplat/lab',
    credentials: CREDENTIALS,
    timeoutMs: 5_000,
    plainHttp: true,
    ...options,
  });
}

/** Answers with a status, headers and no body. */
export const bare =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(status, headers).end();
  };

/** Answers with a text as it is. */
export const text =
  (body: string, status = 200): Answer =>
  (response) => {
    response.writeHead(status).end(body);
  };

/** Answers 401 with a challenge. */
export const challenge = (header: string): Answer => bare(401, { 'www-authenticate': header });

/** The error that `work` ends with. */
export async function failureOf(work: Promise<unknown>): Promise<RegistryError> {
  const outcome = await work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome && outcome.error instanceof RegistryError) return outcome.error;
  throw new Error(`not a RegistryError: ${JSON.stringify(outcome)}`, { cause: outcome });
}

/** What a failure must be, apart from its words. */
export const problem = (facts: Partial<RegistryErrorFacts>) => expect.objectContaining(facts);

/** The list of one tag. */
export const listed = json(200, { tags: ['a'] });

/** A registry that wants one of the tokens given, and names a realm. */
export async function wantingToken(
  realm: () => string,
  isGood: (authorization: string | undefined) => boolean,
): Promise<ScriptedServer> {
  return serving((response, request) => {
    const header = `Bearer realm="${realm()}",service="registry, the good one",scope="repository:sciplat/lab:pull"`;
    return (isGood(request.authorization) ? listed : challenge(header))(response, request);
  });
}

export const bearer = (token: string): string => `Bearer ${token}`;

/** What the requests that a server got were authorized with, in order. */
export const authorizations = ({ requests }: ScriptedServer) =>
  requests.map(({ authorization }) => authorization);
