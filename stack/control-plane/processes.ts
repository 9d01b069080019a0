import { join } from 'node:path';
import type { ProcessPlan } from '../child';
import type { Credentials } from './credentials';

/** etcd with a single member; without fsync in stacks that are not persistent, for speed. */
export function etcd(
  dataDirectory: string,
  clientPort: number,
  peerPort: number,
  isDurable: boolean,
): ProcessPlan {
  const client = `http://127.0.0.1:${clientPort}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  return {
    name: 'etcd',
    keepsData: isDurable,
    args: [
      '--name=stack',
      `--data-dir=${dataDirectory}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=stack=${peer}`,
      '--log-level=warn',
      ...(isDurable ? [] : ['--unsafe-no-fsync']),
    ],
  };
}

/** kube-apiserver; it makes its own certificate, `apiserver.crt` in `certificateDirectory`. */
export function apiServer(
  port: number,
  etcdPort: number,
  certificateDirectory: string,
  credentials: Credentials,
): ProcessPlan {
  return {
    name: 'kube-apiserver',
    args: [
      `--etcd-servers=http://127.0.0.1:${etcdPort}`,
      `--secure-port=${port}`,
      '--bind-address=127.0.0.1',
      // Without these two it looks for a default route, which an isolated machine does not have.
      '--advertise-address=127.0.0.1',
      '--endpoint-reconciler-type=none',
      `--cert-dir=${certificateDirectory}`,
      `--service-account-key-file=${credentials.serviceAccountPublicKeyFile}`,
      `--service-account-signing-key-file=${credentials.serviceAccountKeyFile}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--token-auth-file=${credentials.tokenFile}`,
      '--authorization-mode=RBAC',
      // Each file server has a Service, and a /24 has room for 254.
      '--service-cluster-ip-range=10.0.0.0/16',
      '--allow-privileged=true',
    ],
  };
}

/** kube-controller-manager with its default rate limits, and controllers but for those of endpoints. */
export function controllerManager(
  kubeconfig: string,
  certificateFile: string,
  credentials: Credentials,
): ProcessPlan {
  return {
    name: 'kube-controller-manager',
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--service-account-private-key-file=${credentials.serviceAccountKeyFile}`,
      `--root-ca-file=${certificateFile}`,
      '--leader-elect=false',
      '--secure-port=0',
      // The API server refuses endpoints with the addresses of pods, which are on loopback, and they try again for ever.
      '--controllers=*,-endpoints-controller,-endpointslice-controller,-endpointslice-mirroring-controller',
    ],
  };
}

/** kube-scheduler with its default profile. */
export function scheduler(kubeconfig: string): ProcessPlan {
  return {
    name: 'kube-scheduler',
    args: [`--kubeconfig=${kubeconfig}`, '--leader-elect=false', '--secure-port=0'],
  };
}

/** kwok, the simulated kubelet of all nodes. It takes addresses of pods from `podRange`. */
export function kwok(kubeconfig: string, configurationFile: string, podRange: string): ProcessPlan {
  return {
    name: 'kwok',
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--config=${configurationFile}`,
      '--manage-all-nodes=true',
      `--cidr=${podRange}`,
      '--node-ip=127.0.0.1',
    ],
  };
}

/** Runs the containers of pods with behaviour `process`. */
export function labRunner(
  kubeconfig: string,
  { directory, logs }: { readonly directory: string; readonly logs: string },
  python: string | undefined,
): ProcessPlan {
  return ownProgram('labs', 'labs/main.ts', [
    `--kubeconfig=${kubeconfig}`,
    `--directory=${directory}`,
    `--logs=${logs}`,
    ...(python === undefined ? [] : [`--python=${python}`]),
  ]);
}

/** Makes the Ingresses of GafaelfawrIngresses, gives Ingresses addresses, and tells the proxy where they lead. */
export function ingressDriver(kubeconfig: string, controlUrl: string, chartNamespace?: string): ProcessPlan {
  return ownProgram('ingress', 'ingress/main.ts', [
    kubeconfig,
    controlUrl,
    ...(chartNamespace === undefined ? [] : [chartNamespace]),
  ]);
}

/** Gives Services addresses that lead to their pods, and pods the names of Services. */
export function serviceProxy(kubeconfig: string, network: string, hosts: string): ProcessPlan {
  return ownProgram('services', 'services/main.ts', [
    `--kubeconfig=${kubeconfig}`,
    `--network=${network}`,
    `--hosts=${hosts}`,
  ]);
}

/** Adds images that pods have pulled to the status of their nodes. */
export function nodeImages(kubeconfig: string): ProcessPlan {
  return ownProgram('node-images', 'kubelet/node-images.ts', [kubeconfig]);
}

/** A program of the stack, in TypeScript; `path` is below the folder of the stack. */
function ownProgram(name: string, path: string, args: readonly string[]): ProcessPlan {
  const program = join(__dirname, '..', path);
  return { name, command: process.execPath, args: ['--import', require.resolve('tsx'), program, ...args] };
}
