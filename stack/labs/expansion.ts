/**
 * Replaces `$(NAME)` by the variable of that name as Kubernetes does: `$$` stands for one dollar sign, and references
 * to variables that do not exist stay as they are.
 */
export function expand(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$(?:\$|\(([^)]*)\))/g, (reference, name?: string) =>
    name === undefined ? '$' : (variables.get(name) ?? reference),
  );
}
