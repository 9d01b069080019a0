import { parseArgs } from 'node:util';
import type { ControlState } from './control';
import { createDirectory } from './directory';
import { createProxy } from './proxy';
import { createService } from './service';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8090' },
    'proxy-port': { type: 'string', default: '8091' },
    upstream: { type: 'string' },
    hub: { type: 'string' },
  },
});

const host = '127.0.0.1';
const state: ControlState = {
  failures: new Map(),
  requests: { discovery: 0, userInfo: 0 },
  upstreamUrl: values.upstream,
  routes: [],
  hubUrl: values.hub,
};
const directory = createDirectory();
const proxy = createProxy(directory, {
  controller: () => state.upstreamUrl,
  hub: () => state.hubUrl,
  routes: () => state.routes,
});
const service = createService(directory, state, {
  identityUrl: `http://${host}:${values.port}`,
  proxyUrl: `http://${host}:${values['proxy-port']}`,
});

proxy.listen(Number(values['proxy-port']), host, () => {
  service.listen({ port: Number(values.port), host }).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
