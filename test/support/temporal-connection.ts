import type { Interceptor } from '@grpc/grpc-js';
import { Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { cancelOnClosedChannel } from '../../src/temporal/closed-channel';

/** Connects as the product does: a call that is under way at the end of a test must not throw in the next one. */
export function connectToTemporal(
  address: string,
  interceptors: readonly Interceptor[] = [],
): Promise<Connection> {
  const retry = makeGrpcRetryInterceptor(defaultGrpcRetryOptions());
  return Connection.connect({ address, interceptors: [...interceptors, retry, cancelOnClosedChannel] });
}
