import type { Client } from '@temporalio/client';
import { openLabImages } from '../../../../src/workflow-clients/lab/executions';

/** A client whose list of open workflows has these memos. */
function clientWith(memos: readonly object[]): Client {
  async function* list() {
    for (const memo of memos) yield { memo };
  }
  return { workflow: { list } } as unknown as Client;
}

test('images of open labs are listed once each, and a lab with an unreadable image is left out', async () => {
  const running = (image: string) => ({ lab: { options: { image }, status: 'running' } });
  const images = await openLabImages(
    clientWith([
      running('reg.org/lab:a'),
      running('reg.org/lab:b@sha256:1'),
      running('reg.org/lab:a'),
      { lab: {} },
      {},
    ]),
  );

  expect([...images]).toEqual(['reg.org/lab:a', 'reg.org/lab:b@sha256:1']);
});
