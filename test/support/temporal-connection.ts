import type { Interceptor } from '@grpc/grpc-js';
import { Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { cancelOnClosedChannel } from '../../src/temporal/connection';

/** As the product's: a call under way at the end of a test must not throw in the next one. */
const withRetries = (interceptors: readonly Interceptor[]): Interceptor[] => [
  ...interceptors,
  makeGrpcRetryInterceptor(defaultGrpcRetryOptions()),
  cancelOnClosedChannel,
];

/** Connects to a server that is there. */
export function connectToTemporal(
  address: string,
  interceptors: readonly Interceptor[] = [],
): Promise<Connection> {
  return Connection.connect({ address, interceptors: withRetries(interceptors) });
}

/** A connection to an address where no server listens. */
export function connectionToNothing(): Connection {
  return Connection.lazy({ address: '127.0.0.1:1', interceptors: withRetries([]) });
}
