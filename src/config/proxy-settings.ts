import { type Diagnostic, diagnosticOf } from './diagnostics';
import type { Environment } from './environment';
import { isWebUrl } from './scalars';
import { SecretText } from './secret-text';

/** The proxies of the environment. Their URLs may hold passwords. */
export interface ProxySettings {
  readonly https: SecretText | null;
  readonly http: SecretText | null;
  /** As `NO_PROXY` has it. */
  readonly bypass: string;
}

/** Reads proxies as curl and container engines do: the name in lower case counts first, and a scheme may be left out. */
export function readProxies(environment: Environment): {
  readonly proxies: ProxySettings;
  readonly problems: readonly Diagnostic[];
} {
  const problems: Diagnostic[] = [];
  const read = (name: 'HTTPS_PROXY' | 'HTTP_PROXY'): SecretText | null => {
    const text = (environment[name.toLowerCase()] || environment[name] || '').trim();
    if (text === '') return null;
    const url = text.includes('://') ? text : `http://${text}`;
    if (isWebUrl(url)) return new SecretText(url);
    const message = 'the value is not the URL of an http or https proxy';
    const remedy = 'Give a URL such as http://proxy.example.org:3128, or unset the variable.';
    problems.push(diagnosticOf('error', { path: [name], rule: 'value', message, remedy }));
    return null;
  };
  const [https, http] = [read('HTTPS_PROXY'), read('HTTP_PROXY')];
  const bypass = environment['no_proxy'] || environment['NO_PROXY'] || '';
  return { proxies: { https, http, bypass }, problems };
}
