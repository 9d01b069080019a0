/** A URL or a path without the slashes at its end, so that more of a path can follow. */
export function withoutTrailingSlashes(location: string): string {
  return location.replace(/(?<!\/)\/+$/, '');
}
