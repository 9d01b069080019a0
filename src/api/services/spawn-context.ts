import type { Config } from '../../config/config';
import type { ConfigVersion } from '../../config/config-version';
import type { ImageSource } from '../../domain/images/selection';
import type { Sealer } from '../../sealing/sealer';
import { sealConfiguration } from '../../sealing/spawn';
import type { SpawnContext } from '../dependencies';

export interface SpawnContextOptions {
  /** The configuration in force. */
  readonly current: () => ConfigVersion;
  readonly sealer: Pick<Sealer, 'seal'>;
  /** The hub that is told of labs' ends, as of the start: workers talk to that one. */
  readonly hub: Config['hub'];
  /** Where images come from under a configuration. */
  readonly imagesOf: (config: Config) => ImageSource;
}

/** What spawns are accepted under: made once for each version of the configuration that is in force. */
export function createSpawnContext({
  current,
  hub,
  sealer,
  imagesOf,
}: SpawnContextOptions): () => SpawnContext {
  const termsOf = ({ id, source, config }: ConfigVersion): SpawnContext => ({
    settings: { ...config, hub },
    images: imagesOf(config),
    configuration: sealConfiguration({ id, text: JSON.stringify(source) }, sealer),
  });
  let version = current();
  let terms = termsOf(version);
  return () => {
    const present = current();
    if (present !== version) {
      terms = termsOf(present);
      version = present;
    }
    return terms;
  };
}
