import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';

/** The core group's API as the client library has it, for what the controller's own client cannot do. */
export function coreApi(kubeconfig: string): CoreV1Api {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return config.makeApiClient(CoreV1Api);
}
