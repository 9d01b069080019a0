import { z } from 'zod';

/** A request to a supervisor about one of its processes, by name. */
export const processOrderSchema = z.object({ kill: z.string().optional(), revive: z.string().optional() });

export type ProcessOrder = z.infer<typeof processOrderSchema>;
