import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ANONYMOUS, PASSWORD, TOKEN_ACCOUNTS } from './accounts';
import { registryToken } from './token';

/** The token service of one registry: without credentials clients may pull, known users may do everything. */
const { values } = parseArgs({
  options: { listen: { type: 'string', default: '' }, directory: { type: 'string', default: '' } },
});
const read = (name: string) => readFileSync(join(values.directory, name), 'utf8');
const signer = { key: read('token.key'), certificate: read('token.crt') };

function userOf(
  authorization: string | undefined,
): { readonly name: string; readonly password: string } | null {
  const encoded = /^Basic (.+)$/.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return null;
  const [name = '', password = ''] = Buffer.from(encoded, 'base64').toString().split(':');
  return { name, password };
}

const server = createServer((request, response) => {
  const { searchParams } = new URL(request.url ?? '', `http://${values.listen}`);
  const user = userOf(request.headers.authorization);
  const account = user ? TOKEN_ACCOUNTS[user.name] : ANONYMOUS;
  if (!account || (user && user.password !== PASSWORD)) {
    response
      .writeHead(401, { 'content-type': 'application/json' })
      .end('{"details": "wrong user or password"}');
    return;
  }
  const scopes = searchParams.getAll('scope').flatMap((scope) => scope.split(' '));
  const subject = user?.name ?? '';
  const token = registryToken(
    { subject, scopes, mayWrite: user !== null, lifetimeS: account.lifetimeS },
    signer,
  );
  const answer = { token, expires_in: account.reportedLifetimeS, issued_at: new Date().toISOString() };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
});

const [host, port] = values.listen.split(':');
server.listen(Number(port), host);
