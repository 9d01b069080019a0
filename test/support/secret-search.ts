/** Those of the secrets that a text holds, in clear or as Kubernetes and Temporal would encode them. */
export function secretsFound(text: string, secrets: readonly string[]): string[] {
  return secrets.filter((secret) => forms(secret).some((form) => text.includes(form)));
}

function forms(secret: string): string[] {
  return [secret, Buffer.from(secret).toString('base64').replace(/=+$/, '')];
}

/** Text that hides in base64, as payloads do, made readable beside it. */
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
