import { status } from '@grpc/grpc-js';
import { type Check, type Finding, failed, ok } from '../check';
import { reasonOf, statusOf } from '../reason';

/** What to do about a call that Temporal has not answered, by its gRPC status and what is said of it. */
export function unreachable(address: string, code: status | null, reason: string): Finding {
  const message = `${address}: ${reason}`;
  if (code === status.UNAUTHENTICATED || code === status.PERMISSION_DENIED) {
    return failed(
      message,
      'Temporal refuses the credentials: check TEMPORAL_API_KEY (`temporal.apiKey`) or the client certificate ' +
        '(`temporal.tls`), and that they are for this Temporal namespace.',
    );
  }
  if (/certificate|self-signed|altname/i.test(reason)) {
    return failed(
      message,
      'The server’s certificate is not trusted: give its authority by TEMPORAL_TLS_SERVER_CA_CERT_PATH (key `ca.crt` of ' +
        '`temporal.tls.existingSecret`), and its name by TEMPORAL_TLS_SERVER_NAME (`temporal.tls.serverName`).',
    );
  }
  if (/\bSSL\b|\bTLS\b|wrong version|ECONNRESET|socket disconnected|closed|dropped/i.test(reason)) {
    return failed(
      message,
      'Both ends must agree on TLS: set TEMPORAL_TLS (`temporal.tls.enabled`) where the server encrypts, and only there; ' +
        'with mutual TLS it needs the client’s certificate (`temporal.tls.existingSecret`).',
    );
  }
  return failed(
    message,
    'Start Temporal, or correct TEMPORAL_ADDRESS (`temporal.address`), host and port of its frontend; network policies ' +
      'must let this pod out to it.',
  );
}

/** Everything is kept in Temporal. */
export const temporal: Check = {
  name: 'temporal',
  parts: ['api', 'worker', 'watcher', 'all'],
  remedy: 'Correct the TEMPORAL_* variables (`temporal` of the chart).',
  async ask(subject) {
    const { client, address } = subject.temporal();
    try {
      const { connection } = client;
      const { serverVersion } = await connection.withDeadline(Date.now() + subject.remainingMs(), () =>
        connection.workflowService.getSystemInfo({}),
      );
      return ok(`${address}, version ${serverVersion}`);
    } catch (error) {
      return unreachable(address, statusOf(error), reasonOf(error));
    }
  },
};
