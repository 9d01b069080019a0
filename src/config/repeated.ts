/** The places at which a value occurs for a second or later time. */
export function repeated<Value>(values: readonly Value[]): { value: Value; index: number }[] {
  return values
    .map((value, index) => ({ value, index }))
    .filter(({ value, index }) => values.indexOf(value) < index);
}
