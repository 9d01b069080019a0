import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { ProgressSource } from '../../../../src/api/dependencies';
import { DomainError } from '../../../../src/domain/errors';
import type { ProgressEvent } from '../../../../src/domain/progress';
import { anEvent, aWorld, SETTINGS, type World } from '../fakes';

const PATH = '/nublado/spawner/v1/labs/rachel/events';
const PING_MS = 20;

/** A stream whose events a test sends one by one, and what the app asked of it. */
class Channel implements ProgressSource {
  readonly asked: Parameters<ProgressSource['follow']>[] = [];
  private readonly events: ProgressEvent[] = [];
  private isEnded = false;
  private wake = Promise.withResolvers<void>();

  send(...events: ProgressEvent[]): this {
    this.events.push(...events);
    this.wake.resolve();
    return this;
  }

  end(): this {
    this.isEnded = true;
    this.wake.resolve();
    return this;
  }

  async follow(...request: Parameters<ProgressSource['follow']>): Promise<AsyncIterable<ProgressEvent>> {
    this.asked.push(request);
    return this.read(request[1].signal);
  }

  private async *read(signal: AbortSignal): AsyncGenerator<ProgressEvent> {
    signal.addEventListener('abort', () => this.wake.resolve());
    for (let next = 0; !signal.aborted; this.wake = Promise.withResolvers()) {
      while (next < this.events.length) {
        const event = this.events[next];
        next += 1;
        if (event) yield event;
      }
      if (this.isEnded) return;
      await this.wake.promise;
    }
  }
}

let world: World;
let channel: Channel;

beforeEach(async () => {
  channel = new Channel();
  world = await aWorld({
    progress: channel,
    settings: { ...SETTINGS, timeouts: { ...SETTINGS.timeouts, ssePingMs: PING_MS } },
  });
  await world.app.listen({ port: 0, host: '127.0.0.1' });
});

afterEach(async () => {
  await world.app.close();
});

async function open(path = PATH, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const { port } = world.app.server.address() as AddressInfo;
  const request = httpRequest({
    host: '127.0.0.1',
    port,
    path,
    headers: { 'x-auth-request-user': 'rachel', ...headers },
  });
  request.end();
  const [response] = await once(request, 'response');
  return response;
}

async function readAll(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return text;
}

/** Resolves once the text received so far fulfils the condition. */
async function readUntil(response: IncomingMessage, isEnough: (text: string) => boolean): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  while (!isEnough(text)) {
    const [chunk] = await once(response, 'data');
    text += chunk;
  }
  return text;
}

function parse(text: string): EventSourceMessage[] {
  const events: EventSourceMessage[] = [];
  createParser({ onEvent: (event) => events.push(event) }).feed(text);
  return events;
}

async function openStreams(): Promise<number | undefined> {
  return (await world.metrics.openEventStreams.get()).values[0]?.value;
}

test('an event stream has exactly the headers that proxies and clients need', async () => {
  channel.end();
  const { statusCode, headers } = await open();

  expect(statusCode).toBe(200);
  expect(headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    connection: 'keep-alive',
  });
  expect(headers).not.toHaveProperty('content-encoding');
});

test('events have an id, a name and data of basic keys only, in that order, and the stream then ends', async () => {
  channel
    .send(anEvent(1, { reason: 'Scheduled', severity: 'warning' }))
    .send(anEvent(2, { type: 'error', message: 'Pulling\nfailed', progress: null, severity: 'error' }))
    .send(anEvent(3, { type: 'failed', message: 'Lab spawn failed', progress: null, severity: 'error' }))
    .end();

  expect(await readAll(await open())).toBe(
    'id: op1.1\nevent: info\ndata: {"message":"step 1","progress":10}\n\n' +
      'id: op1.2\nevent: error\ndata: {"message":"Pulling\\nfailed"}\n\n' +
      'id: op1.3\nevent: failed\ndata: {"message":"Lab spawn failed"}\n\n',
  );
});

test('extended data has the time, the severity and the reason where there is one', async () => {
  channel
    .send(
      anEvent(1, { reason: 'FailedMount', severity: 'warning' }),
      anEvent(2, { type: 'complete', progress: 75 }),
    )
    .end();
  const events = parse(await readAll(await open(`${PATH}?extended=true`)));

  expect(events.map(({ data }) => JSON.parse(data))).toEqual([
    {
      message: 'step 1',
      progress: 10,
      timestamp: '2077-10-23T09:47:00.123Z',
      severity: 'warning',
      reason: 'FailedMount',
    },
    { message: 'step 2', progress: 75, timestamp: '2077-10-23T09:47:00.123Z', severity: 'info' },
  ]);
});

test('an event reaches the client as soon as it happens', async () => {
  const response = await open();
  channel.send(anEvent(1));
  await readUntil(response, (text) => text.includes('step 1'));
  channel.send(anEvent(2));
  expect(await readUntil(response, (text) => text.includes('step 2'))).toContain('id: op1.2');
});

test('pings are comment lines without an empty line, which no parser takes for an event', async () => {
  const response = await open();
  const quiet = await readUntil(response, (text) => text.split('\n').length > 3);
  channel.send(anEvent(1)).end();
  const text = quiet + (await readAll(response));

  expect(quiet).toMatch(/^(: ping - \d{4}-\S+Z\n)+$/);
  expect(text.match(/\n\n/g)).toHaveLength(1);
  expect(parse(text)).toEqual([{ id: 'op1.1', event: 'info', data: '{"message":"step 1","progress":10}' }]);
});

test.each([
  ['op1.7', { operationId: 'op1', sequence: 7 }],
  ['0a1b2c.123', { operationId: '0a1b2c', sequence: 123 }],
  ['op1', null],
  ['op1.', null],
  ['.3', null],
  ['op1.x', null],
  ['op 1.2', null],
  ['', null],
])('Last-Event-ID %j resumes after %j', async (header, lastEventId) => {
  channel.end();
  await readAll(await open(PATH, { 'last-event-id': header }));

  expect(channel.asked).toEqual([['rachel', expect.objectContaining({ lastEventId })]]);
});

test('a client that goes away ends the following', async () => {
  const response = await open();
  channel.send(anEvent(1));
  await readUntil(response, (text) => text.includes('step 1'));
  const { signal } = channel.asked[0]?.[1] ?? { signal: AbortSignal.abort() };
  const aborted = once(signal, 'abort');

  response.destroy();
  await aborted;
  await world.app.close();
  expect(await openStreams()).toBe(0);
});

test('closing the service ends open streams cleanly', async () => {
  const response = await open();
  channel.send(anEvent(1));
  await readUntil(response, (text) => text.includes('step 1'));
  expect(await openStreams()).toBe(1);
  const rest = readAll(response);

  await world.app.close();

  expect(await rest).not.toContain('event:');
  expect(response.complete).toBe(true);
});

test('many clients are served side by side', async () => {
  const responses = await Promise.all(Array.from({ length: 50 }, () => open()));
  channel.send(anEvent(1), anEvent(2, { type: 'complete' })).end();
  const texts = await Promise.all(responses.map(readAll));

  expect(new Set(texts.map((text) => text.replaceAll(/^: ping.*\n/gm, ''))).size).toBe(1);
});

describe('is refused', () => {
  test('an event stream is refused to others than the user of the path', async () => {
    const answer = await world.app.inject({ url: PATH, headers: { 'x-auth-request-user': 'beth' } });

    expect(answer.statusCode).toBe(403);
    expect(answer.json()).toEqual({ detail: [{ msg: 'Permission denied', type: 'permission_denied' }] });
  });

  test('an event stream is refused without an authenticated user', async () => {
    const answer = await world.app.inject(PATH);

    expect(answer.statusCode).toBe(422);
    expect(answer.json().detail[0].loc).toEqual(['header', 'x-auth-request-user']);
  });

  test('an event stream is refused where there is nothing to follow', async () => {
    channel.follow = async () => {
      throw new DomainError('unknown_user', 'Unknown user rachel');
    };
    const answer = await world.app.inject({ url: PATH, headers: { 'x-auth-request-user': 'rachel' } });

    expect(answer.statusCode).toBe(404);
    expect(answer.json().detail).toEqual([
      { loc: ['path', 'username'], msg: 'Unknown user rachel', type: 'unknown_user' },
    ]);
  });
});
