import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { loadCredentials } from '../../../src/kubernetes/credentials';
import { inClusterAccess } from '../../../src/kubernetes/kubeconfig';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
});

afterAll(() => rmSync(directory, { recursive: true }));

/** A file with one context. */
function kubeconfig(cluster: object, user: object): string {
  const file = join(directory, 'config');
  const text = stringify({
    'current-context': 'here',
    clusters: [{ name: 'cluster', cluster: { server: 'https://kubernetes.example.org/', ...cluster } }],
    users: [{ name: 'user', user }],
    contexts: [{ name: 'here', context: { cluster: 'cluster', user: 'user' } }],
  });
  writeFileSync(file, text);
  return file;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

test('certificates are read, from the file itself and from paths beside it', () => {
  mkdirSync(join(directory, 'pki'), { recursive: true });
  writeFileSync(join(directory, 'pki/ca.crt'), 'authority');
  const cluster = { 'certificate-authority': 'pki/ca.crt', 'tls-server-name': 'kubernetes' };
  const user = { 'client-certificate-data': base64('certificate'), 'client-key-data': base64('key') };
  const { server, tls } = loadCredentials(kubeconfig(cluster, user));
  expect(server).toBe('https://kubernetes.example.org');
  expect(tls).toEqual({
    ca: Buffer.from('authority'),
    cert: Buffer.from('certificate'),
    key: Buffer.from('key'),
    servername: 'kubernetes',
    rejectUnauthorized: undefined,
  });
});

test.each([
  ['with a certificate alone', { 'client-certificate-data': base64('certificate') }, {}],
  ['with a token', { token: 'letmein' }, { Authorization: 'Bearer letmein' }],
  ['with a password', { username: 'ada', password: 'x' }, { Authorization: `Basic ${base64('ada:x')}` }],
  ['for another user', { token: 'letmein', as: 'ada' }, { 'Impersonate-User': 'ada' }],
  [
    'by a command',
    {
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: process.execPath,
        args: ['-p', `JSON.stringify({ kind: 'ExecCredential', status: { token: 'from-a-command' } })`],
      },
    },
    { Authorization: 'Bearer from-a-command' },
  ],
])('requests are authorized %s', async (_how, user, headers) => {
  expect(await loadCredentials(kubeconfig({}, user)).headers()).toMatchObject(headers);
});

test('a file without a cluster, and one that asks for a proxy, are refused', () => {
  const empty = join(directory, 'empty');
  writeFileSync(empty, 'kind: Config\n');
  expect(() => loadCredentials(empty)).toThrow('names no cluster in its current context');
  expect(() => loadCredentials(kubeconfig({ 'proxy-url': 'http://proxy' }, {}))).toThrow(/asks for a proxy/);
});

test('a process that runs in no pod needs a kubeconfig', () => {
  expect(() => inClusterAccess({})).toThrow('does not run in a Kubernetes pod');
});
