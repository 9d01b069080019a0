import { createImageRepository } from '../../../registry/image-repository';
import { type Check, ok, skipped, warning } from '../check';

/** The repository of labs' images answers, and has the recommended one. */
export const images: Check = {
  name: 'images',
  parts: ['api', 'worker', 'all'],
  isLoggedByServices: true,
  remedy:
    'Correct images.source, and its credentials (`registryCredentials.existingSecret`, images.dockerCredentialsPath); network ' +
    'policies and proxies (HTTPS_PROXY) must let this pod out to the registry.',
  async ask({ config, outgoing, remainingMs }) {
    const { images: settings, timeouts } = config;
    const hints: string[] = [];
    const timeoutMs = remainingMs();
    const repository = createImageRepository({
      images: settings,
      outgoing: config.outgoing,
      timeouts: { ...timeouts, httpClientMs: timeoutMs, garRetries: 0 },
      notify: (hint) => void hints.push(hint),
      fetch: outgoing.registries,
    });
    if (repository === null) return skipped('images.source is a fixed list');
    const where = `${repository.registry}/${repository.repository}`;
    const { recommendedTag } = settings;
    const digest = await repository.digestOf(recommendedTag, AbortSignal.timeout(timeoutMs));
    if (digest !== null) return ok(`${where}:${recommendedTag}`);
    return warning(
      [`${where} has no tag ${recommendedTag}`, ...hints].join('; '),
      'Push that tag, or set images.recommendedTag to one that there is.',
    );
  },
};
