import {
  CoreV1Api,
  createConfiguration,
  EventsV1Api,
  type KubernetesObject,
  NetworkingV1Api,
  ServerConfiguration,
  wrapHttpLibrary,
} from '@kubernetes/client-node';
import { type CreatedObject, createObject, type IdentifiedObject, readIdentity } from './create';
import { loadCredentials } from './credentials';
import { createHttp, createHttpLibrary, type HttpOptions } from './http';
import { type Change, type ListThenWatchOptions, listThenWatch } from './list-then-watch';
import { type WatchEvent, type WatchOptions, watch } from './watch';

export interface KubernetesClientOptions extends HttpOptions {
  /** Path of a kubeconfig file; without one the pod's service account is used. */
  readonly kubeconfig?: string;
}

/**
 * A client of one cluster, with shared connections. Every method throws `KubernetesError` or, once the caller's signal
 * is aborted or the client closed, an `AbortError`; requests are not retried except by `listThenWatch`.
 */
export interface KubernetesClient {
  readonly server: string;
  readonly core: CoreV1Api;
  readonly networking: NetworkingV1Api;
  readonly events: EventsV1Api;
  /** Creates an object of any kind. */
  create(manifest: KubernetesObject): Promise<CreatedObject>;
  /** Reads the metadata of an object of any kind, not its contents. */
  identify(manifest: KubernetesObject): Promise<IdentifiedObject>;
  /** One watch, until the server ends it. */
  watch<T extends KubernetesObject>(options: WatchOptions): AsyncGenerator<WatchEvent<T>>;
  /** Lists, then follows changes until an error that is not retried. */
  listThenWatch<T extends KubernetesObject>(options: ListThenWatchOptions): AsyncGenerator<Change<T>>;
  /** Ends all connections, also those in use. */
  close(): Promise<void>;
}

/**
 * Creates a client, which connects with the first request.
 *
 * @throws Error when the kubeconfig cannot be used, or there is none and the process runs in no cluster.
 */
export function createKubernetesClient(options: KubernetesClientOptions): KubernetesClient {
  const http = createHttp(loadCredentials(options.kubeconfig), options);
  const configuration = createConfiguration({
    baseServer: new ServerConfiguration(http.server, {}),
    httpApi: wrapHttpLibrary(createHttpLibrary(http)),
  });
  return {
    server: http.server,
    core: new CoreV1Api(configuration),
    networking: new NetworkingV1Api(configuration),
    events: new EventsV1Api(configuration),
    create: (manifest) => createObject(http, manifest),
    identify: (manifest) => readIdentity(http, manifest),
    watch: (options) => watch(http, options),
    listThenWatch: (options) => listThenWatch(http, options),
    close: () => http.close(),
  };
}
