/**
 * Whether a client asks for HTML by name, and wants it at least as much as JSON, as browsers do. Programs that accept
 * anything do not.
 */
export function prefersHtml(accept: string | undefined): boolean {
  const wanted = new Map((accept ?? '').split(',').map(rangeOf));
  const html = wanted.get('text/html') ?? 0;
  return html > 0 && html >= (wanted.get('application/json') ?? 0);
}

/** One media range of the header `Accept`, in lower case, and its quality; 0 for one that cannot be read. */
function rangeOf(text: string): [string, number] {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith('q='));
  return [range, quality === undefined ? 1 : Number(quality.slice('q='.length)) || 0];
}
