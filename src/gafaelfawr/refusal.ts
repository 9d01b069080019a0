import { parseChallenges } from '../http/challenges';

/**
 * Says in one phrase why a token was refused: `<error_description> (<error>)`, or what there is of it.
 * Null if the header gives no reason.
 */
export function explainRefusal(header: string | null): string | null {
  const parameters = parseChallenges(header ?? '').find(({ parameters }) => isReason(parameters))?.parameters;
  if (!parameters) return null;
  const scope = parameters.get('scope');
  const description = parameters.get('error_description') ?? (scope ? `scope ${scope} is needed` : undefined);
  const error = parameters.get('error');
  if (description && error) return `${description} (${error})`;
  return description ?? error ?? null;
}

function isReason(parameters: ReadonlyMap<string, string>): boolean {
  return ['error', 'error_description', 'scope'].some((name) => parameters.get(name));
}
