import { isDnsLabel, slug, userLabelValue } from './lab-key';
import { withoutTrailingSlashes } from './urls';

/*
 * Everything that names a user's file server in Kubernetes and in URLs. All file servers share one namespace, so names
 * of two users have to differ. A username stands in them unchanged where it makes a valid name; any other one is
 * replaced as in the names of labs. The replacement ends in a second hyphen, with which no DNS label ends.
 */

/** The longest name of a Service, and of a Job, whose pods have it as label. */
const MAX_NAME_LENGTH = 63;

const SUFFIX = '-fs';
const CLAIM_INFIX = '-pvc-';

/** Names of Services begin with a letter. */
const BEGINS_WITH_LETTER = /^[a-z]/;

/** Whether a name made of the username could be read as a claim of another user: `a-fs-pvc-b` is one of `a`. */
const looksLikeClaim = (username: string): boolean => `${username}-`.includes(`${SUFFIX}${CLAIM_INFIX}`);

function isPlain(username: string): boolean {
  return (
    isDnsLabel(username) &&
    BEGINS_WITH_LETTER.test(username) &&
    !looksLikeClaim(username) &&
    username.length + SUFFIX.length <= MAX_NAME_LENGTH
  );
}

/** The name of all objects of a user's file server but its claims. */
export function fileServerName(username: string): string {
  if (isPlain(username)) return `${username}${SUFFIX}`;
  const replacement = slug(username, '-');
  const initial = BEGINS_WITH_LETTER.test(replacement) ? '' : 'u';
  return `${initial}${replacement}-${SUFFIX}`;
}

/** The claim of a configured volume. */
export function fileServerClaimName(username: string, volumeName: string): string {
  return `${fileServerName(username)}${CLAIM_INFIX}${volumeName}`;
}

/**
 * The path at which the ingress serves a user's file server, below which its files are. Its last component is the
 * username, or where that is no DNS label the value of the user's label: ingress controllers refuse many characters in
 * paths, and disagree about escaped ones.
 */
export function fileServerPath(pathPrefix: string, username: string): string {
  return `${withoutTrailingSlashes(pathPrefix)}/${userLabelValue(username)}`;
}

/** Whether a path can be the prefix of file servers beside the API, whose routes begin with `apiPrefix`. */
export function isPrefixOfFileServers(pathPrefix: string, apiPrefix: string): boolean {
  const [files, api] = [withoutTrailingSlashes(pathPrefix), withoutTrailingSlashes(apiPrefix)];
  return files.startsWith('/') && files !== '/' && files !== api && !api.startsWith(`${files}/`);
}

const WORKFLOW_PREFIX = 'fileserver-';

/** The one workflow ID that a user's file server can have. */
export function fileServerWorkflowId(username: string): string {
  return `${WORKFLOW_PREFIX}${username}`;
}
