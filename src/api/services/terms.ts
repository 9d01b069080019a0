import type { ConfigVersion } from '../../config/config-version';
import { createImageSource } from '../../images/source';
import { sealConfiguration } from '../../secrets/configuration';
import type { Sealer } from '../../secrets/seal';
import type { LabTerms } from '../dependencies';

/** What spawns are accepted under: made once for each version of the configuration that is in force. */
export function createTerms(current: () => ConfigVersion, sealer: Pick<Sealer, 'seal'>): () => LabTerms {
  const termsOf = ({ id, source, config }: ConfigVersion): LabTerms => ({
    settings: config,
    images: createImageSource(config.images.source),
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
