import type { LoadedDataConverter, Payload } from '@temporalio/common';

/** Decodes one payload with the data converter, codecs included. */
export async function decodePayload(converter: LoadedDataConverter, payload: Payload): Promise<unknown> {
  let decoded = [payload];
  for (const codec of converter.payloadCodecs.toReversed()) decoded = await codec.decode(decoded);
  return decoded[0] ? converter.payloadConverter.fromPayload(decoded[0]) : undefined;
}
