import type { DecidedDeletion } from './forced-plan';

/** Shows what goes, and the reasons against it that are overridden. */
export function deletionLine({ tags, digest, reasons }: DecidedDeletion): string {
  return `delete  ${tags.join(' ')}  ${digest}${reasons ? `  although: ${reasons.join('; ')}` : ''}`;
}

/** Of what is to go now, what was agreed on exactly as it is: with the same tags, digest and reasons against it. */
export function stillAgreed(
  current: readonly DecidedDeletion[],
  shown: readonly DecidedDeletion[],
): readonly DecidedDeletion[] {
  const agreed = new Set(shown.map(deletionLine));
  return current.filter((deletion) => agreed.has(deletionLine(deletion)));
}
