import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

/** The user that RBAC limits to what the Helm chart grants the controller. */
export const CONTROLLER_USER = 'nublado-controller';

/** The user that RBAC limits to what the Helm chart grants a hub with a standby. */
export const HUB_USER = 'hub';

const ADMIN_USER = 'stack-admin';

/** Files that the API server is started with, and the tokens of its users. */
export interface Credentials {
  readonly tokenFile: string;
  readonly serviceAccountKeyFile: string;
  readonly serviceAccountPublicKeyFile: string;
  readonly adminToken: string;
  readonly controllerToken: string;
  readonly hubToken: string;
}

/** Creates a stack's credentials in its folder, or reads those of an earlier start. */
export function prepareCredentials(directory: string): Credentials {
  const tokenFile = join(directory, 'tokens.csv');
  const serviceAccountKeyFile = join(directory, 'service-account.key');
  const serviceAccountPublicKeyFile = join(directory, 'service-account.pub');
  if (!existsSync(tokenFile)) {
    const keys = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    });
    writeSecret(serviceAccountKeyFile, keys.privateKey);
    writeSecret(serviceAccountPublicKeyFile, keys.publicKey);
    const lines = [
      `${newToken()},${ADMIN_USER},${ADMIN_USER},"system:masters"`,
      `${newToken()},${CONTROLLER_USER},${CONTROLLER_USER}`,
      `${newToken()},${HUB_USER},${HUB_USER}`,
    ];
    writeSecret(tokenFile, `${lines.join('\n')}\n`);
  }
  const [adminToken = '', controllerToken = '', hubToken = ''] = readFileSync(tokenFile, 'utf8')
    .split('\n')
    .map((line) => line.split(',')[0] ?? '');
  const tokens = { adminToken, controllerToken, hubToken };
  return { tokenFile, serviceAccountKeyFile, serviceAccountPublicKeyFile, ...tokens };
}

/** Writes a kubeconfig with one cluster and one user, with `certificateFile` as the only certificate authority. */
export function writeKubeconfig(file: string, server: string, certificateFile: string, token: string): void {
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'stack',
        cluster: {
          server,
          'certificate-authority-data': readFileSync(certificateFile).toString('base64'),
          'tls-server-name': 'kubernetes.default.svc',
        },
      },
    ],
    users: [{ name: 'stack', user: { token } }],
    contexts: [{ name: 'stack', context: { cluster: 'stack', user: 'stack' } }],
    'current-context': 'stack',
  };
  writeSecret(file, stringify(document));
}

const newToken = () => randomBytes(16).toString('hex');

function writeSecret(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
}
