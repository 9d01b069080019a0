import { log } from '@temporalio/activity';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { type Config, type ConfigSource, type ConfigVersion, parseConfig } from '../config/config';
import type { SealedConfiguration } from '../domain/lab-plan';
import type { Sealer } from '../sealing/sealer';
import { openConfiguration } from '../sealing/spawn';

/** Versions of the configuration that spawns were accepted under. */
export interface Configurations {
  /**
   * The version of a spawn, whichever version of the file this worker has read. Where this release cannot read it, the
   * present version.
   *
   * @throws Error when it was sealed with an unknown key.
   */
  of(sealed: SealedConfiguration): Config;
}

/** Size of the cache. More than one version is in use while spawns from before a change of the file are under way. */
const REMEMBERED = 20;

const configSource = z.object({
  text: z.string(),
  environment: z.record(z.string(), z.string()),
}) satisfies z.ZodType<ConfigSource>;

/** Opens the configurations of spawns; a version is parsed once and then cached. */
export function createConfigurations(
  current: () => ConfigVersion,
  sealer: Pick<Sealer, 'open'>,
): Configurations {
  const known = new LRUCache<string, Config>({ max: REMEMBERED });

  function read(sealed: SealedConfiguration): Config {
    const { text } = openConfiguration(sealed, sealer);
    try {
      const source = configSource.parse(JSON.parse(text));
      const { config } = parseConfig(source.text, source.environment);
      known.set(sealed.id, config);
      return config;
    } catch {
      // The error may quote the text.
      log.warn('a spawn was accepted under a configuration that cannot be read; the present one is used', {
        configuration: sealed.id,
      });
      return current().config;
    }
  }

  return {
    of(sealed) {
      const present = current();
      if (present.id === sealed.id) return present.config;
      return known.get(sealed.id) ?? read(sealed);
    },
  };
}
