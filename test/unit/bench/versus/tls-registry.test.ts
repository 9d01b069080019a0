import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { listening } from '../../../../bench/listening';
import { openTlsRegistry } from '../../../../bench/versus/tls-registry';

test('a client with TLS reaches the registry, and can verify its name', async () => {
  const registry = createServer((request, response) => response.end(`tags at ${request.url}`));
  const directory = mkdtempSync(join(tmpdir(), 'tls-registry-'));
  const front = await openTlsRegistry(`127.0.0.1:${await listening(registry)}`, directory);
  const ca = readFileSync(front.certificateFile);

  const seen = await new Promise<string>((resolve, reject) => {
    get(`https://${front.host}/v2/`, { ca, agent: false }, (answer) => resolve(text(answer))).on(
      'error',
      reject,
    );
  });

  expect(seen).toBe('tags at /v2/');
  await front.close();
  registry.closeAllConnections();
  await new Promise((resolve) => registry.close(resolve));
  rmSync(directory, { recursive: true });
});
