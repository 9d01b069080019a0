/** The way from the entry that an operation is about to one below it; null for the entry itself. */
export type Trail = { readonly above: Trail; readonly name: string } | null;

/** The names on the way. Only a way that is told of becomes a list: one for each level takes too much in deep trees. */
export function namesOn(trail: Trail): string[] {
  const names: string[] = [];
  for (let step = trail; step !== null; step = step.above) names.push(step.name);
  return names.toReversed();
}
