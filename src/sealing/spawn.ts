import { gunzipSync, gzipSync } from 'node:zlib';
import type { LabPlan, LabSecrets, SealedConfiguration } from '../domain/lab-plan';
import type { Sealer } from './sealer';

/** A spawn before its secrets are sealed. */
interface UnsealedSpawn {
  readonly plan: Omit<LabPlan, 'secrets'>;
}

/**
 * Seals the secrets of a spawn of this workflow, which histories must not contain, with all other fields of the request
 * as associated data: neither can be used without the other.
 */
export function sealSpawn<Spawn extends UnsealedSpawn>(
  spawn: Spawn,
  secrets: LabSecrets,
  workflowId: string,
  sealer: Pick<Sealer, 'seal'>,
): Spawn & { readonly plan: LabPlan } {
  const sealed = sealer.seal(JSON.stringify(secrets), { workflowId, terms: spawn });
  return { ...spawn, plan: { ...spawn.plan, secrets: sealed } };
}

/**
 * Opens the secrets sealed by `sealSpawn`, as JSON.
 *
 * @throws SealMismatch when a field of the request was changed, or it was sealed for another workflow; Error when the
 *   key is not known.
 */
export function openSpawn(
  request: { readonly plan: LabPlan },
  workflowId: string,
  sealer: Pick<Sealer, 'open'>,
): string {
  const { secrets, ...plan } = request.plan;
  return sealer.open(secrets, { workflowId, terms: { ...request, plan } });
}

/** A configuration's source as text, and its ID. */
export interface ConfigurationText {
  readonly id: string;
  readonly text: string;
}

/** Seals the source of a configuration, compressed, to be sent with every spawn. */
export function sealConfiguration(
  { id, text }: ConfigurationText,
  sealer: Pick<Sealer, 'seal'>,
): SealedConfiguration {
  const compressed = gzipSync(text).toString('base64');
  return { id, source: sealer.seal(compressed, { configuration: id }) };
}

/** Opens what `sealConfiguration` sealed. @throws Error when it does not open; the message contains none of it. */
export function openConfiguration(
  { id, source }: SealedConfiguration,
  sealer: Pick<Sealer, 'open'>,
): ConfigurationText {
  const compressed = sealer.open(source, { configuration: id });
  return { id, text: gunzipSync(Buffer.from(compressed, 'base64')).toString('utf8') };
}
