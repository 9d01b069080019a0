import { createParser, type EventSourceMessage } from 'eventsource-parser';

/** Yields the server-sent events of a response body as they arrive. Ending the iteration cancels the response. */
export async function* eventsOf(body: AsyncIterable<Uint8Array> | null): AsyncGenerator<EventSourceMessage> {
  const messages: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => messages.push(message) });
  const decoder = new TextDecoder();
  for await (const chunk of body ?? []) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* messages.splice(0);
  }
}
