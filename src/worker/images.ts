import type { Logger } from 'pino';
import type { Config } from '../config/config';
import type { Fetch } from '../http/fetch';
import { createImageRepository, type ImageRepository } from '../registry/image-repository';

/**
 * Creates the image repository of a configuration, each time with the present credentials, since files of secrets
 * change while the process runs. Each credential hint is logged once.
 */
export function repositories(logger: Logger, fetch?: Fetch): (config: Config) => ImageRepository | null {
  const said = new Set<string>();
  const notify = (notice: string): void => {
    if (!said.has(notice)) logger.warn(`images: ${notice}`);
    said.add(notice);
  };
  return ({ images, outgoing, timeouts }) =>
    createImageRepository({ images, outgoing, timeouts, notify, fetch });
}
