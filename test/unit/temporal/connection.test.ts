import { once } from 'node:events';
import { createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { status } from '@grpc/grpc-js';
import { Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { cancelOnClosedChannel } from '../../../src/temporal/connection';

let server: Http2Server;
let connection: Connection;

/** A server that refuses each call with this status. */
async function refusingWith(code: number): Promise<void> {
  server = createServer().on('stream', (stream) => {
    const head = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': String(code) };
    stream.respond(head, { endStream: true });
    server.emit('refused');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

function connect(): void {
  const { port } = server.address() as AddressInfo;
  const retry = makeGrpcRetryInterceptor({ ...defaultGrpcRetryOptions(), delayFunction: () => 20 });
  const interceptors = [retry, cancelOnClosedChannel];
  connection = Connection.lazy({ address: `127.0.0.1:${port}`, interceptors });
}

afterEach(async () => {
  await connection.close();
  server.close();
});

test('a call that is tried again after its connection was closed ends as cancelled', async () => {
  await refusingWith(status.UNAVAILABLE);
  connect();
  const refused = once(server, 'refused');
  const call = connection.workflowService.getSystemInfo({});
  call.catch(() => undefined);
  await refused;
  await once(server, 'refused');
  await connection.close();

  await expect(call).rejects.toMatchObject({ code: status.CANCELLED });
});

test('a call on a closed connection ends as cancelled', async () => {
  await refusingWith(status.UNAVAILABLE);
  connect();
  await connection.close();

  await expect(connection.workflowService.getSystemInfo({})).rejects.toMatchObject({
    code: status.CANCELLED,
  });
});

test('a refusal that is not tried again reaches the caller as it is', async () => {
  await refusingWith(status.PERMISSION_DENIED);
  connect();

  await expect(connection.workflowService.getSystemInfo({})).rejects.toMatchObject({
    code: status.PERMISSION_DENIED,
  });
});
