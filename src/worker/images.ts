import type { Logger } from 'pino';
import type { Config } from '../config/config';
import { createImageRepository, type ImageRepository } from '../images/repository';

/**
 * Makes the repository of a configuration, each time with the credentials as they are then: files of secrets change
 * under a running process. What there is to say about these is said once.
 */
export function repositories(logger: Logger): (config: Config) => ImageRepository | null {
  const said = new Set<string>();
  const notify = (notice: string): void => {
    if (!said.has(notice)) logger.warn(`images: ${notice}`);
    said.add(notice);
  };
  return ({ images, timeouts }) => createImageRepository({ images, timeouts, notify });
}
