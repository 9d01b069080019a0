/**
 * Replaces `$(NAME)` by the variable of that name as Kubernetes does: `$$` is a dollar sign, and references to
 * unknown variables are left unchanged.
 */
export function expand(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$(?:\$|\(([^)]*)\))/g, (reference, name?: string) =>
    name === undefined ? '$' : (variables.get(name) ?? reference),
  );
}
