import { z } from 'zod';

/** Everything a program needs to use a running stack; also the JSON that `npm run stack -- up --json` prints. */
export const stackSchema = z.object({
  name: z.string(),
  /** Logs are in `logs/` of this folder. */
  directory: z.string(),
  isPersistent: z.boolean(),
  supervisorPid: z.number(),
  /** Process IDs by process name. */
  pids: z.record(z.string(), z.number()),
  binaries: z.object({ temporal: z.string(), kubectl: z.string() }),
  temporal: z.object({ address: z.string(), uiUrl: z.string(), namespace: z.string() }),
  kubernetes: z.object({
    server: z.string(),
    /** May do everything. */
    adminKubeconfig: z.string(),
    /** May do what the Helm chart's roles allow the controller. */
    controllerKubeconfig: z.string(),
    /** The same, through toxiproxy's proxy `kubernetes`. */
    controllerKubeconfigViaToxiproxy: z.string(),
    /** May do what the Helm chart allows a hub with a standby. */
    hubKubeconfig: z.string().default(''),
    /** The namespace the controller and the hub would live in. */
    controllerNamespace: z.string(),
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
    /** Where clients send what an ingress would authenticate. */
    proxyUrl: z.string(),
  }),
  /** Null unless it was asked for. */
  jupyterhub: z
    .object({
      version: z.literal([5, 6]),
      /** The hub itself, for programs and labs. */
      apiUrl: z.string(),
      /** Behind the ingress, for browsers; null for a hub that has only its API. */
      url: z.string().nullable(),
      /**
       * Token of service `nublado`: it may handle all servers of a hub that has only its API; of a full one it may end
       * them and write users' activity.
       */
      serviceToken: z.string(),
      /** A file with that token. */
      serviceTokenFile: z.string(),
      /** Token of service `tests`, which makes users, groups and tokens, and in a full hub handles servers too. */
      adminToken: z.string(),
    })
    .nullable()
    .default(null),
  /** Null unless it was asked for. All three hosts serve the same images, over plain HTTP. */
  registry: z
    .object({
      /** Host and port of the registry that lets everybody do everything. */
      openHost: z.string(),
      /** The one with HTTP Basic. */
      passwordHost: z.string(),
      /** The one with tokens. */
      tokenHost: z.string(),
      /** Where that one's tokens come from; clients must be told to trust it. */
      tokenServiceHost: z.string(),
      user: z.string(),
      password: z.string(),
    })
    .nullable()
    .default(null),
  /** Null unless it was asked for. */
  postgresql: z
    .object({
      /** The URL of a database, by a socket that only the user who started the stack can open. */
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
