/** The secrets that a text contains, in clear or encoded as by Kubernetes and Temporal. */
export function secretsFound(text: string, secrets: readonly string[]): string[] {
  return secrets.filter((secret) => forms(secret).some((form) => text.includes(form)));
}

function forms(secret: string): string[] {
  return [secret, Buffer.from(secret).toString('base64').replace(/=+$/, '')];
}

/** The value as text, with base64, as of payloads, decoded beside it. */
export function withDecodedPayloads(value: unknown): string {
  const texts: string[] = [];
  const visit = (part: unknown): void => {
    if (part instanceof Uint8Array) texts.push(Buffer.from(part).toString('utf8'));
    else if (typeof part === 'string') texts.push(part);
    else if (Array.isArray(part)) part.forEach(visit);
    else if (typeof part === 'object' && part !== null) Object.values(part).forEach(visit);
  };
  visit(value);
  return texts.join('\n');
}
