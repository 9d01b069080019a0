import { withoutTrailingSlashes } from '../../domain/trailing-slashes';
import { tokenHash } from '../../identity/token-lookup';

type Variables = Readonly<Record<string, string>>;

/** How a lab is to report activity. */
export interface LabReporting {
  /** The hub's variables, with the URL to report to in place of the hub's. */
  readonly environment: Variables;
  /** By which the lab is known when it reports; null for one that the hub gave no token. */
  readonly hubTokenDigest: string | null;
}

/** Where labs report activity, below the path that the API is mounted at. */
export const ACTIVITY_PATH = '/spawner/v1/labs/:username/activity';

/** Where the lab of a user reports; null for an installation whose labs report to the hub. */
export type ActivityUrlOf = ((username: string) => string) | null;

/** Where labs report, by the configuration that the process started with. */
export function activityUrls({
  hub,
  pathPrefix,
}: {
  readonly hub: { readonly aggregateActivity: boolean; readonly activityUrl: string | null } | null;
  readonly pathPrefix: string;
}): ActivityUrlOf {
  if (!hub?.aggregateActivity || hub.activityUrl === null) return null;
  const root = withoutTrailingSlashes(hub.activityUrl) + withoutTrailingSlashes(pathPrefix);
  return (username) => root + ACTIVITY_PATH.replace(':username', encodeURIComponent(username));
}

/** Has a lab report to the controller, if it was given a token to prove by whose it is. */
export function reportingTo(url: string | null, environment: Variables): LabReporting {
  const token = environment.JUPYTERHUB_API_TOKEN;
  if (url === null || !token) return { environment, hubTokenDigest: null };
  return {
    environment: { ...environment, JUPYTERHUB_ACTIVITY_URL: url },
    hubTokenDigest: tokenHash(token),
  };
}
