import type { Finding } from './diagnostics';
import type { JsonSchema } from './json-schema';
import { camelCase } from './section';
import { visitDocument } from './visit';

/** Keys that deployed files carry and nothing uses. */
export function ignoredKeys(document: unknown): Finding[] {
  const findings: Finding[] = [];
  visitDocument(document, ({ path, schema, parent }) => {
    const key = path.at(-1);
    const isUnknown = typeof key === 'string' && !Object.hasOwn(parent?.properties ?? {}, camelCase(key));
    if (parent?.['x-ignores-unknown-keys'] && isUnknown) {
      findings.push({
        path,
        rule: 'ignored-key',
        message: 'is ignored',
        remedy: 'Remove the key; nothing reads it.',
      });
    } else if (schema?.deprecated) {
      findings.push({ path, rule: 'ignored-key', message: whyIgnored(schema), remedy: 'Remove the key.' });
    }
  });
  return findings;
}

/** The words of a deprecated key's description, which begins with "Ignored: ". */
function whyIgnored({ description = '' }: JsonSchema): string {
  return `is ignored; ${description.replace(/^Ignored: /, '').replace(/\.$/, '')}`;
}

/** Amounts such as `500m`, which mean megabytes here and thousandths in Kubernetes. */
export function ambiguousMemory(document: unknown): Finding[] {
  const findings: Finding[] = [];
  visitDocument(document, ({ path, value, schema }) => {
    if (schema?.['x-unit'] === 'bytes' && typeof value === 'string' && /\d\s*m$/.test(value)) {
      findings.push({
        path,
        value: `"${value}"`,
        rule: 'ambiguous',
        message: `"${value}" is read as megabytes; write M or Mi`,
        remedy: 'Write M for millions of bytes, or Mi for mebibytes.',
      });
    }
  });
  return findings;
}
