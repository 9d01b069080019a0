/** Environment variables as the init container was given them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Takes one line for each thing done; lines that begin with `warning: ` are about what could not be done. */
export type Report = (line: string) => void;
