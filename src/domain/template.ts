const VARIABLE = /\{\{\s*(uid|gid)\s*\}\}/g;

/** Fills `{{ uid }}` and `{{ gid }}` into a template in Jinja syntax. */
export function renderTemplate(
  template: string,
  { uid, gid }: { readonly uid: number; readonly gid: number },
): string {
  return template.replaceAll(VARIABLE, (_, name: string) => String(name === 'uid' ? uid : gid));
}

/** Whether a template uses nothing of Jinja but these two variables. */
export function isPlainTemplate(template: string): boolean {
  return !/\{\{|\{%|\{#/.test(template.replaceAll(VARIABLE, ''));
}
