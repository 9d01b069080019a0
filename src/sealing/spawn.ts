import type { LabPlan, LabSecrets } from '../domain/lab-plan';
import type { Sealer } from './sealer';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { SealedConfiguration } from '../domain/sealed';

/** A spawn before its secrets are sealed. */
interface UnsealedSpawn {
  readonly plan: Omit<LabPlan, 'secrets'>;
}

/**
 * Seals what no history may hold for a spawn of this workflow, and binds it to all the rest of the request, whatever
 * that holds: neither can be used without the other.
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
 * The text of what `sealSpawn` has sealed.
 *
 * @throws SealMismatch when anything of the request is not as it was then, or it was sealed for another workflow;
 *   Error when the key is not known.
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

/** Seals the source of a configuration, compressed, so that it can travel with every spawn. */
export function sealConfiguration(
  { id, text }: ConfigurationText,
  sealer: Pick<Sealer, 'seal'>,
): SealedConfiguration {
  const compressed = gzipSync(text).toString('base64');
  return { id, source: sealer.seal(compressed, { configuration: id }) };
}

/** What `sealConfiguration` has sealed. @throws Error when it does not open; the message holds none of it. */
export function openConfiguration(
  { id, source }: SealedConfiguration,
  sealer: Pick<Sealer, 'open'>,
): ConfigurationText {
  const compressed = sealer.open(source, { configuration: id });
  return { id, text: gunzipSync(Buffer.from(compressed, 'base64')).toString('utf8') };
}
