/** Writes a line of progress, with the time of day in UTC, to standard error: standard output has the results alone. */
export const say = (line: string): void => console.error(`${new Date().toISOString().slice(11, 19)} ${line}`);
