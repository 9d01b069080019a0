import { createParser, type EventSourceMessage } from 'eventsource-parser';

/** The server-sent events of an answer's body, as they come. Whoever stops reading ends the answer. */
export async function* eventsOf(body: AsyncIterable<Uint8Array> | null): AsyncGenerator<EventSourceMessage> {
  const messages: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => messages.push(message) });
  const decoder = new TextDecoder();
  for await (const chunk of body ?? []) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* messages.splice(0);
  }
}
