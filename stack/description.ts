import { z } from 'zod';

/** Addresses, files and tokens of a running stack; also the JSON that `npm run stack -- up --json` prints. */
export const stackSchema = z.object({
  name: z.string(),
  /** Logs are in `logs/` of this folder. */
  directory: z.string(),
  isPersistent: z.boolean(),
  supervisorPid: z.number(),
  /** Process IDs by process name. */
  pids: z.record(z.string(), z.number()),
  binaries: z.object({ temporal: z.string(), kubectl: z.string() }),
  temporal: z.object({
    address: z.string(),
    /** Null for Temporal on PostgreSQL, which has no Web UI. */
    uiUrl: z.string().nullable(),
    namespace: z.string(),
  }),
  kubernetes: z.object({
    server: z.string(),
    /** etcd's HTTP interface, for loads; empty in descriptions of earlier versions. */
    etcdUrl: z.string().default(''),
    /** With all rights. */
    adminKubeconfig: z.string(),
    /** With the rights of the Helm chart's roles of the controller. */
    controllerKubeconfig: z.string(),
    /** The same, through toxiproxy's proxy `kubernetes`. */
    controllerKubeconfigViaToxiproxy: z.string(),
    /** With the rights that the Helm chart grants a hub with a standby. */
    hubKubeconfig: z.string().default(''),
    /** The namespace of controller and hub. */
    controllerNamespace: z.string(),
    /** Namespaces of users' file servers, by what makes them reachable: by `fileserver.ingress.type`. */
    fileServerNamespaces: z
      .object({ gafaelfawr: z.string(), ingress: z.string(), httpRoute: z.string() })
      .default({ gafaelfawr: '', ingress: '', httpRoute: '' }),
    nodes: z.array(z.string()),
  }),
  toxiproxy: z.object({
    apiUrl: z.string(),
    /** The API server through proxy `kubernetes`. */
    kubernetesServer: z.string(),
    /** The Temporal frontend through proxy `temporal`. */
    temporalAddress: z.string(),
  }),
  identity: z.object({
    /** The value for `REPERTOIRE_BASE_URL`. */
    discoveryUrl: z.string(),
    gafaelfawrUrl: z.string(),
    controlUrl: z.string(),
    /** The authenticating proxy, which stands for an ingress. */
    proxyUrl: z.string(),
  }),
  /** Null without option `jupyterhub`. */
  jupyterhub: z
    .object({
      version: z.literal([5, 6]),
      /** The hub's own URL, for programs and labs. */
      apiUrl: z.string(),
      /** The hub's URL behind the ingress, for browsers; null for a hub of kind `api`. */
      url: z.string().nullable(),
      /**
       * Token of service `nublado`: with scope `admin:servers` in a hub of kind `api`; in one of kind `full` with the
       * scopes to delete servers and to write users' activity.
       */
      serviceToken: z.string(),
      /** A file with that token. */
      serviceTokenFile: z.string(),
      /** Token of service `tests`, which manages users, groups and tokens; in a hub of kind `full` also servers. */
      adminToken: z.string(),
    })
    .nullable()
    .default(null),
  /** Null without option `registry`. All three hosts serve the same images, over plain HTTP. */
  registry: z
    .object({
      /** Host and port of the registry without authentication. */
      openHost: z.string(),
      /** The one with HTTP Basic authentication. */
      passwordHost: z.string(),
      /** The one with token authentication. */
      tokenHost: z.string(),
      /** Its token service; a client must have it in its list of trusted realms. */
      tokenServiceHost: z.string(),
      user: z.string(),
      password: z.string(),
    })
    .nullable()
    .default(null),
  /** The chart's release; null without option `chart`. */
  chart: z.object({ release: z.string(), namespace: z.string() }).nullable().default(null),
  /** Null without option `postgresql`. */
  postgresql: z
    .object({
      /** URL of a database, over a socket that only the user who started the stack can open. */
      url: z.string(),
    })
    .nullable()
    .default(null),
});

export type Stack = z.infer<typeof stackSchema>;

/** A JupyterHub of the stack, and tokens for its API. */
export type HubDescription = NonNullable<Stack['jupyterhub']>;

/** A PostgreSQL of the stack. */
export type PostgresqlDescription = NonNullable<Stack['postgresql']>;

/** The Docker registries of the stack. */
export type RegistryDescription = NonNullable<Stack['registry']>;
