import { gunzipSync, gzipSync } from 'node:zlib';
import type { SealedConfiguration } from '../domain/sealed';
import type { Sealer } from './seal';

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
