import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../src/workflow-clients/names';
import { theStack } from '../support/stack';

const { temporal, toxiproxy } = theStack();

test.each([
  ['directly', temporal.address],
  ['through toxiproxy', toxiproxy.temporalAddress],
])('Temporal answers %s and has the search attributes', async (_way, address) => {
  const connection = await Connection.connect({ address });
  const { namespace } = temporal;
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  await connection.close();

  expect(Object.keys(customAttributes)).toEqual(
    expect.arrayContaining(SEARCH_ATTRIBUTES.map(({ name }) => name)),
  );
});

test('the Web UI is served', async () => {
  const answer = await fetch(temporal.uiUrl ?? '');

  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain('<html');
});

async function post(url: string, body: object): Promise<unknown> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  return answer.json();
}

test('a test can put a fault in front of Temporal with a proxy of its own', async () => {
  const proxies = `${toxiproxy.apiUrl}/proxies`;
  const name = `fault-${process.pid}`;
  const made = await post(proxies, {
    name,
    listen: '127.0.0.1:0',
    upstream: temporal.address,
    enabled: true,
  });
  const address = String(Object(made).listen);
  await (await Connection.connect({ address })).close();

  await post(`${proxies}/${name}`, { enabled: false });
  await expect(Connection.connect({ address, connectTimeout: 500 })).rejects.toThrow(/connect/i);
  await fetch(`${proxies}/${name}`, { method: 'DELETE' });
});
