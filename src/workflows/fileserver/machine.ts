/** The phases of a file server, and `closed`, the end of the workflow. `docs/architecture.md` has a drawing. */
export type Phase = 'accept' | 'create' | 'run' | 'remove' | 'closed';
