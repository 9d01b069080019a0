import type { Config, ConfigVersion } from '../../config/config';
import type { ImageSource } from '../../domain/images/selection';
import type { Sealer } from '../../sealing/sealer';
import { sealConfiguration } from '../../sealing/spawn';
import type { SpawnContext } from '../dependencies';

export interface SpawnContextOptions {
  /** The present configuration. */
  readonly current: () => ConfigVersion;
  readonly sealer: Pick<Sealer, 'seal'>;
  /** The hub that is notified of labs' ends, by the configuration at start, which workers use. */
  readonly hub: Config['hub'];
  /** The image source of a configuration. */
  readonly imagesOf: (config: Config) => ImageSource;
}

/** Returns the spawn context, created once for each version of the configuration. */
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
