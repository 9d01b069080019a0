import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { selfSignedCertificate } from '../../stack/certificate';
import { listening } from '../listening';

/** A registry that is reached by HTTPS. */
export interface TlsRegistry {
  /** Host and port. */
  readonly host: string;
  /** The certificate to be trusted, in PEM. */
  readonly certificateFile: string;
  close(): Promise<void>;
}

const NAME = 'localhost';

/**
 * Forwards connections with TLS to a registry that speaks plain HTTP: the original controller speaks nothing else to
 * registries.
 */
export async function openTlsRegistry(targetHost: string, directory: string): Promise<TlsRegistry> {
  const [hostname = '', port] = targetHost.split(':');
  const { key, certificate } = selfSignedCertificate(NAME);
  mkdirSync(directory, { recursive: true });
  const certificateFile = join(directory, 'registry.crt');
  writeFileSync(certificateFile, certificate);
  const sockets = new Set<Socket>();
  const server = createServer({ key, cert: certificate }, (socket) => {
    const target = connect(Number(port), hostname);
    socket.pipe(target).pipe(socket);
    for (const [end, other] of [
      [socket, target],
      [target, socket],
    ] as const) {
      sockets.add(end);
      // Which is followed by its closing.
      end.once('error', () => undefined);
      end.once('close', () => {
        sockets.delete(end);
        if (!end.readableEnded) other.destroy();
      });
    }
  });
  return {
    host: `${NAME}:${await listening(server)}`,
    certificateFile,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
