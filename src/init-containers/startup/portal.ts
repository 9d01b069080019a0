import { withoutTrailingSlashes } from '../../domain/urls';
import { describeError } from '../system-error';
import type { Report, Variables } from '../variables';

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 4 * 2 ** 20;

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

async function boundedText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw new Error(`a document of more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * The URL of the portal from service discovery; null, with a warning, if there is none or no response within 5 s.
 */
export async function readPortalUrl(variables: Variables, report: Report): Promise<string | null> {
  const instance = withoutTrailingSlashes(variables.EXTERNAL_INSTANCE_URL ?? '');
  const base = variables.REPERTOIRE_BASE_URL || (instance ? `${instance}/repertoire` : null);
  if (base === null) return null;
  try {
    const response = await fetch(`${withoutTrailingSlashes(base)}/discovery`, {
      headers: { accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const services = memberOf(JSON.parse(await boundedText(response)), 'services');
    const url = memberOf(memberOf(memberOf(services, 'ui'), 'portal'), 'url');
    if (typeof url === 'string') return url;
    report('warning: FIREFLY_URL is not set: service discovery knows no portal');
  } catch (error) {
    report(`warning: FIREFLY_URL is not set: service discovery failed: ${describeError(error)}`);
  }
  return null;
}
