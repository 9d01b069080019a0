/** How a file server authenticates who asks, where nothing in front of it does. */
export interface AuthenticationSettings {
  /** The user whose files are served. */
  readonly user: string;
  /** URL of the hub's REST API. */
  readonly hubApiUrl: URL;
}

/** What a file server is started with. */
export interface FileServerSettings {
  /** URL path of the served folder. */
  readonly baseHref: string;
  readonly directory: string;
  readonly port: number;
  /** The address to listen at; undefined for all. */
  readonly host: string | undefined;
  /** Seconds without use after which the process ends. */
  readonly timeoutSeconds: number;
}

/** The options of the command. */
export interface FileServerOptions {
  readonly user?: string;
  readonly hubApiUrl?: string;
}

/**
 * Reads the options for authentication.
 *
 * @returns null where there are none
 * @throws Error for one without the other, so that no server is open by mistake, or for a wrong URL
 */
export function readAuthentication({ user, hubApiUrl }: FileServerOptions): AuthenticationSettings | null {
  if (user === undefined && hubApiUrl === undefined) return null;
  if (!user || !hubApiUrl) throw new Error('--user and --hub-api-url need each other');
  const url = URL.parse(hubApiUrl);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.search !== '' || url.username !== '')
    throw new Error("--hub-api-url must be the URL of the hub's REST API, such as http://hub:8081/hub/api");
  return { user, hubApiUrl: url };
}

const PREFIX = 'WORBLEHAT_';

/**
 * Reads the settings from the `WORBLEHAT_*` variables. They are those of the server that this one takes the place of,
 * with the same defaults; and the address to listen at, where a machine runs several.
 *
 * @throws Error that names a variable with a wrong value
 */
export function readSettings(variables: Readonly<Record<string, string | undefined>>): FileServerSettings {
  const given = (name: string, otherwise: string) => variables[PREFIX + name] || otherwise;
  const number = (name: string, otherwise: string, maximum: number) => {
    const value = Number(given(name, otherwise));
    if (Number.isInteger(value) && value > 0 && value <= maximum) return value;
    throw new Error(
      `${PREFIX}${name} must be a whole number from 1 to ${maximum}, not "${given(name, otherwise)}"`,
    );
  };
  return {
    baseHref: given('BASE_HREF', '/'),
    directory: given('DIR', './'),
    port: number('PORT', '8000', 65_535),
    host: variables[`${PREFIX}HOST`] || undefined,
    timeoutSeconds: number('TIMEOUT', '600', 31_536_000),
  };
}
