import { withoutTrailingSlashes } from '../../domain/trailing-slashes';
import { lineAbout } from '../system-error';
import type { Report, Variables } from '../variables';

const PATIENCE_MS = 5_000;

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/**
 * Asks service discovery where the portal is; null where discovery has none, or does not answer within 5 s.
 * A lab does without.
 */
export async function readPortalUrl(variables: Variables, report: Report): Promise<string | null> {
  const instance = withoutTrailingSlashes(variables.EXTERNAL_INSTANCE_URL ?? '');
  const base = variables.REPERTOIRE_BASE_URL || (instance ? `${instance}/repertoire` : null);
  if (base === null) return null;
  try {
    const response = await fetch(`${withoutTrailingSlashes(base)}/discovery`, {
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const services = memberOf(await response.json(), 'services');
    const url = memberOf(memberOf(memberOf(services, 'ui'), 'portal'), 'url');
    if (typeof url === 'string') return url;
    report('warning: FIREFLY_URL is not set: service discovery knows no portal');
  } catch (error) {
    report(`warning: FIREFLY_URL is not set: service discovery failed: ${lineAbout(error)}`);
  }
  return null;
}
