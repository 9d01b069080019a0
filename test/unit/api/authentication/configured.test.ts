import { configuredAuthentication } from '../../../../src/api/authentication/configured';
import { isLoopback } from '../../../../src/http/fetch';
import { aDocument, parsed, problemsIn } from '../../config/sample-documents';

const users = [{ username: 'rachel', token: 'rachels-token', uid: 1101, gid: 1101 }];

function problemsOf(auth: object, host: string): string[] {
  const { config } = parsed(aDocument({ auth }), {});
  return problemsIn(() => configuredAuthentication(config, { host, port: 8080 }));
}

test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('%s is this machine only', (host) => {
  expect(isLoopback(host)).toBe(true);
  expect(problemsOf({ type: 'static', users }, host)).toEqual([]);
});

test.each(['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', '127.example.com', 'localhost.example.com'])(
  'static users are refused where others reach the API: %s',
  (host) => {
    expect(problemsOf({ type: 'static', users }, host)).toEqual([
      `auth.type: "static" is for one machine, and the API would listen on ${host}:8080, where others reach it; ` +
        'start with --listen 127.0.0.1:8080, or set auth.allowRemote: true where only an encrypting proxy does',
    ]);
  },
);

test('static users are served anywhere when that is asked for', () => {
  expect(problemsOf({ type: 'static', users, allowRemote: true }, '0.0.0.0')).toEqual([]);
});

test('JupyterHub’s users are served anywhere', () => {
  expect(problemsOf({ type: 'jupyterhub', apiUrl: 'http://hub:8081/hub/api' }, '0.0.0.0')).toEqual([]);
});
