/** Environment variables of the init container. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Prints one line per completed step, or, beginning with `warning: `, per failed one. */
export type Report = (line: string) => void;
