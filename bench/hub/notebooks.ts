import { createServer } from 'node:http';
import { LAB_PORT } from '../../src/domain/lab-url';

/** Something that answers on the addresses of all labs. */
export interface Notebooks {
  close(): void;
}

/**
 * Answers, at once and to anything, on the notebook port of every pod of this machine's stacks: hundreds of notebook
 * servers do not fit on it, and are not what is measured.
 *
 * @throws Error when a notebook server has the port already.
 */
export async function answerForNotebooks(hubVersion: string): Promise<Notebooks> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain', 'x-jupyterhub-version': hubVersion }).end('here');
  });
  server.keepAliveTimeout = 1;
  // The addresses of pods are all of loopback; others are none of its business.
  server.on('connection', (socket) => {
    if (!socket.localAddress?.startsWith('127.')) socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(LAB_PORT, '0.0.0.0', resolve);
  });
  return {
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
