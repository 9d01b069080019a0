/** A service as service discovery describes it. */
export interface DiscoveredService {
  readonly url: string;
  readonly versions: Readonly<Record<string, { readonly url: string }>>;
}

/** A dataset with the data services that offer it. */
export interface DiscoveredDataset {
  readonly butlerConfig: string | null;
  readonly services: Readonly<Record<string, DiscoveredService>>;
}

export interface DiscoveredInfluxDatabase {
  readonly credentialsUrl: string;
  readonly database: string;
  readonly local: boolean;
  readonly schemaRegistry: string;
  readonly url: string;
}

/** The part of the service discovery document that the controller and its labs use. */
export interface DiscoveryDocument {
  readonly datasets: Readonly<Record<string, DiscoveredDataset>>;
  readonly influxdbDatabases: Readonly<Record<string, DiscoveredInfluxDatabase>>;
  readonly services: { readonly internal: Readonly<Record<string, DiscoveredService>> };
}

interface LabService {
  readonly url: string;
  readonly versions?: Readonly<Record<string, { readonly url: string }>>;
}

/** The discovery file of a lab, with the keys of every object in order. */
export interface LabDiscovery {
  readonly datasets?: Readonly<
    Record<
      string,
      { readonly butler_config?: string; readonly services: Readonly<Record<string, LabService>> }
    >
  >;
  readonly influxdb_databases?: Readonly<
    Record<
      string,
      {
        readonly credentials_url: string;
        readonly database: string;
        readonly local: boolean;
        readonly schema_registry: string;
        readonly url: string;
      }
    >
  >;
  readonly services?: { readonly internal: Readonly<Record<string, LabService>> };
}

/** The part of a discovery document that labs get; empty sections are left out. */
export function labDiscovery({ datasets, influxdbDatabases, services }: DiscoveryDocument): LabDiscovery {
  return {
    ...(isEmpty(datasets) ? {} : { datasets: mapSorted(datasets, toLabDataset) }),
    ...(isEmpty(influxdbDatabases)
      ? {}
      : { influxdb_databases: mapSorted(influxdbDatabases, toLabInfluxDatabase) }),
    ...(isEmpty(services.internal)
      ? {}
      : { services: { internal: mapSorted(services.internal, toLabService) } }),
  };
}

/** The text of a lab's discovery file: JSON with two spaces of indent and sorted keys. */
export function renderLabDiscovery(document: DiscoveryDocument): string {
  return JSON.stringify(labDiscovery(document), null, 2);
}

function toLabDataset({ butlerConfig, services }: DiscoveredDataset) {
  return {
    ...(butlerConfig === null ? {} : { butler_config: normalizeUrl(butlerConfig) }),
    services: mapSorted(services, toLabService),
  };
}

function toLabInfluxDatabase(database: DiscoveredInfluxDatabase) {
  return {
    credentials_url: normalizeUrl(database.credentialsUrl),
    database: database.database,
    local: database.local,
    schema_registry: normalizeUrl(database.schemaRegistry),
    url: normalizeUrl(database.url),
  };
}

function toLabService({ url, versions }: DiscoveredService): LabService {
  return {
    url: normalizeUrl(url),
    ...(isEmpty(versions)
      ? {}
      : { versions: mapSorted(versions, (version) => ({ url: normalizeUrl(version.url) })) }),
  };
}

function mapSorted<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  const entries = Object.entries(record).map(([name, value]): [string, U] => [name, map(value)]);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function isEmpty(record: object): boolean {
  return Object.keys(record).length === 0;
}

function normalizeUrl(url: string): string {
  return URL.canParse(url) ? new URL(url).href : url;
}
