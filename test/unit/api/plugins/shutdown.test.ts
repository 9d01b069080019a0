import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Labs } from '../../../../src/api/dependencies';
import { eventually } from '../../../support/eventually';
import { headersOf, SETTINGS } from '../fakes';
import {
  answerTo,
  eventsOf,
  HISTORY,
  hold,
  LABS,
  port,
  present,
  STATUS,
  send,
  start,
  stop,
} from '../held-api';

/** Of this, requests under way get a half. */
const SHUTDOWN_MS = 400;

const shuttingDown = {
  detail: [{ msg: 'This replica is being stopped; try again', type: 'shutting_down' }],
};

/** Starts an API that gives up soon, where deletions last until the test ends them. */
async function startWithDeletion(): Promise<{ readonly end: () => void }> {
  const deletion = Promise.withResolvers<void>();
  const unused = async (): Promise<never> => Promise.reject(new Error('not asked for'));
  const labs: Labs = { create: unused, read: unused, list: unused, remove: () => deletion.promise };
  const timeouts = { ...SETTINGS.timeouts, shutdownMs: SHUTDOWN_MS };
  await start({}, { labs, settings: { ...SETTINGS, timeouts } });
  return { end: deletion.resolve };
}

const underWay = async () => (await present().metrics.requestsUnderWay.get()).values[0]?.value;

afterEach(() => stop());

test('a deletion that is not over when the API stops is answered with an error that clients retry', async () => {
  await startWithDeletion();
  const request = send(`${LABS}/rachel`, {}, 'DELETE');
  const responded = once(request, 'response');
  request.end();
  await eventually(underWay, (count) => count === 1);
  await present().app.close();
  const [response] = await responded;

  expect(response.statusCode).toBe(503);
  expect(response.headers).toMatchObject({ 'retry-after': '5', connection: 'close' });
  expect(JSON.parse(await text(response))).toEqual(shuttingDown);
  expect((await present().metrics.labRequests.get()).values).toMatchObject([
    { labels: { operation: 'delete', outcome: 'shutting_down' }, value: 1 },
  ]);
});

test('a deletion that ends while the API stops is answered as ever', async () => {
  const { end } = await startWithDeletion();
  const answer = answerTo(send(`${LABS}/rachel`, {}, 'DELETE'));
  await eventually(underWay, (count) => count === 1);
  const closed = present().app.close();
  end();

  expect((await answer).status).toBe(204);
  await closed;
});

test('the API stops although requests are under way that never end', async () => {
  await start({}, { settings: { ...SETTINGS, timeouts: { ...SETTINGS.timeouts, shutdownMs: 20 } } });
  const responded = once(await hold(HISTORY, 'rachel'), 'response');
  await present().app.close();
  const [response] = await responded;

  expect(response.statusCode).toBe(503);
});

test('an event stream ends in order when the API stops, whatever else is under way', async () => {
  await startWithDeletion();
  const request = send(eventsOf('rachel'), headersOf('rachel'));
  request.end();
  const [response] = await once(request, 'response');
  const events = text(response);
  await eventually(
    async () => (await present().metrics.openEventStreams.get()).values[0]?.value,
    (count) => count === 1,
  );
  await present().app.close();

  expect(await events).toContain('id: op1.1');
  expect(response.complete).toBe(true);
});

test('a request that is complete only after the API has begun to stop gets the documented error', async () => {
  await startWithDeletion();
  const { app } = present();
  const connected = once(app.server, 'connection');
  const socket = connect(port(), '127.0.0.1');
  await connected;
  const [requestLine, ...headers] = [`GET ${STATUS} HTTP/1.1`, 'host: test', 'x-auth-request-user: rachel'];
  socket.write(`${requestLine}\r\n`);
  const closed = app.close();
  await eventually(
    async () => app.server.listening,
    (isListening) => !isListening,
  );
  socket.end(`${headers.join('\r\n')}\r\n\r\n`);
  const answer = await text(socket);
  await closed;

  expect(answer).toMatch(/^HTTP\/1\.1 503 /);
  expect(answer).toMatch(/^retry-after: 5\r$/m);
  expect(answer).toMatch(/^connection: close\r$/im);
  expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toEqual(shuttingDown);
});
