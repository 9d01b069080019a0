import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import type { HubDescription } from '../stack/description';
import { AFTER_ANNOTATION, BEHAVIOUR_ANNOTATION } from '../stack/kubelet/behaviours';
import { CHECKOUT } from '../stack/paths';

/** The configuration that the demo shares with docker-compose.yml. */
export const DEMO_CONFIG = join(CHECKOUT, 'config/demo.yaml');

/** Duration of a lab's image pull, long enough to show progress. */
const PULL_TIME = '2s';

/** What the configuration needs to know of a stack. */
interface StackOfDemo {
  readonly directory: string;
  readonly kubernetes: { readonly fileServerNamespaces: { readonly gafaelfawr: string } };
}

/**
 * Writes that configuration with what is different on the stack: addresses, users of the stand-in for Gafaelfawr, file
 * servers, images from a registry, and pods that are processes. Returns the path.
 */
export function stackConfig(
  { directory, kubernetes }: StackOfDemo,
  { apiUrl, serviceTokenFile }: Pick<HubDescription, 'apiUrl' | 'serviceTokenFile'>,
  source: object,
): string {
  const config = parseDocument(readFileSync(DEMO_CONFIG, 'utf8'));
  const process = { [BEHAVIOUR_ANNOTATION]: 'process' };
  config.delete('auth');
  config.setIn(['hub'], { apiUrl, tokenPath: serviceTokenFile });
  // Such a pod has JupyterLab for this command, and the home directory in HOME.
  config.setIn(['lab', 'labStartCommand'], ['start-notebook.py']);
  config.setIn(['lab', 'extraAnnotations'], { ...process, [AFTER_ANNOTATION]: PULL_TIME });
  config.setIn(['fileserver'], {
    enabled: true,
    namespace: kubernetes.fileServerNamespaces.gafaelfawr,
    extraAnnotations: process,
    volumeMounts: [{ containerPath: '/home', volumeName: 'home' }],
  });
  config.setIn(['images'], { source, refreshInterval: '5s', dockerCredentialsPath: null });
  const file = join(directory, 'demo.yaml');
  writeFileSync(file, config.toString());
  return file;
}
