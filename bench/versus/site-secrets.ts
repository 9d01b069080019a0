import type { SiteSecrets } from '../floor';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** The Secrets that `site.yaml` names, by name; their values are invented. */
export const SECRETS = {
  site: {
    type: 'Opaque',
    data: { 'archive-password': base64('correct horse'), 'bucket-key': base64('battery staple') },
  },
  registry: {
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': base64('{"auths": {}}') },
  },
} as const;

/** The same, as a controller has read them. */
export function siteSecrets(): SiteSecrets {
  return { copiedSecrets: { site: SECRETS.site }, pullSecret: SECRETS.registry };
}
