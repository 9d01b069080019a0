import { LAB_ROUTE, labPath } from '../../domain/lab-key';
import { withoutTrailingSlashes } from '../../domain/urls';
import { tokenHash } from '../../identity/token-lookup';
import type { Sealer } from '../../sealing/sealer';

type Variables = Readonly<Record<string, string>>;

/** How a lab is to report activity. */
export interface UsageReporting {
  /** The hub's variables, with the URL to report to in place of the hub's. */
  readonly environment: Variables;
  /** By which the lab is known when it reports; null for one that the hub gave no token. */
  readonly hubTokenDigest: string | null;
}

/** Where labs report activity, below the path that the API is mounted at. */
export const USAGE_PATH = `${LAB_ROUTE}/activity`;

/** Where the lab of a user reports; null for an installation whose labs report to the hub. */
export type UsageUrlOf = ((username: string) => string) | null;

/** Proves that a name in a URL was put there by the controller. */
export interface UsernameProofs {
  readonly of: (username: string) => string;
  readonly isOf: (username: string, proof: string) => boolean;
}

const subject = (username: string): string => JSON.stringify(['activity', username]);

/** Proofs by the sealing keys: made with the newest, valid as long as their key is there. */
export function usernameProofs({
  fingerprint,
  hasFingerprint,
}: Pick<Sealer, 'fingerprint' | 'hasFingerprint'>): UsernameProofs {
  return {
    of: (username) => fingerprint(subject(username)),
    isOf: (username, proof) => hasFingerprint(subject(username), proof),
  };
}

/** Where labs report, by the configuration that the process started with. */
export function usageUrls(
  {
    hub,
    pathPrefix,
  }: {
    readonly hub: { readonly aggregateActivity: boolean; readonly activityUrl: string | null } | null;
    readonly pathPrefix: string;
  },
  proofs: Pick<UsernameProofs, 'of'>,
): UsageUrlOf {
  if (!hub?.aggregateActivity || hub.activityUrl === null) return null;
  const root = withoutTrailingSlashes(hub.activityUrl) + withoutTrailingSlashes(pathPrefix);
  return (username) => {
    return `${root}${labPath(username)}/activity?proof=${proofs.of(username)}`;
  };
}

/** Has a lab report to the controller, if it was given a token to prove by whose it is. */
export function withUsageUrl(url: string | null, environment: Variables): UsageReporting {
  const token = environment.JUPYTERHUB_API_TOKEN;
  if (url === null || !token) return { environment, hubTokenDigest: null };
  return {
    environment: { ...environment, JUPYTERHUB_ACTIVITY_URL: url },
    hubTokenDigest: tokenHash(token),
  };
}
