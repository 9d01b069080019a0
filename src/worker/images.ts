import type { Logger } from 'pino';
import type { Config } from '../config/config';
import { createImageRepository, type ImageRepository } from '../images/repository';

/** The repository of the configuration in force; made anew, with its credentials, when that changes. */
export function repositories(logger: Logger): (config: Config) => ImageRepository | null {
  let latest: { readonly config: Config; readonly repository: ImageRepository | null } | null = null;
  return (config) => {
    if (latest?.config !== config) {
      const { images, timeouts } = config;
      const notify = (notice: string) => logger.warn(`images: ${notice}`);
      latest = { config, repository: createImageRepository({ images, timeouts, notify }) };
    }
    return latest.repository;
  };
}
