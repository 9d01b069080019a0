import { LAB_ROUTE, labPath } from '../../domain/lab-key';
import { withoutTrailingSlashes } from '../../domain/urls';
import { tokenHash } from '../../identity/token-lookup';
import type { Sealer } from '../../sealing/sealer';

type Variables = Readonly<Record<string, string>>;

/** Variables of a lab with which it reports usage. */
export interface UsageReporting {
  /** The hub's variables, with the controller's URL for reports in place of the hub's. */
  readonly environment: Variables;
  /** Digest by which the lab's token is verified; null for a lab without a token of the hub. */
  readonly hubTokenDigest: string | null;
}

/** Path of usage reports, below the path prefix of the API. */
export const USAGE_PATH = `${LAB_ROUTE}/activity`;

/** URL for the reports of a user's lab; null for an installation whose labs report to the hub. */
export type UsageUrlOf = ((username: string) => string) | null;

/** Proofs that the controller has put a username into a URL. */
export interface UsernameProofs {
  readonly of: (username: string) => string;
  readonly isOf: (username: string, proof: string) => boolean;
}

const subject = (username: string): string => JSON.stringify(['activity', username]);

/** Proofs by the sealing keys: created with the newest, valid as long as their key is present. */
export function usernameProofs({
  fingerprint,
  hasFingerprint,
}: Pick<Sealer, 'fingerprint' | 'hasFingerprint'>): UsernameProofs {
  return {
    of: (username) => fingerprint(subject(username)),
    isOf: (username, proof) => hasFingerprint(subject(username), proof),
  };
}

/** URLs for reports, by the configuration at start. */
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

/** Makes a lab report to the controller, if it has a token to authenticate with. */
export function withUsageUrl(url: string | null, environment: Variables): UsageReporting {
  const token = environment.JUPYTERHUB_API_TOKEN;
  if (url === null || !token) return { environment, hubTokenDigest: null };
  return {
    environment: { ...environment, JUPYTERHUB_ACTIVITY_URL: url },
    hubTokenDigest: tokenHash(token),
  };
}
