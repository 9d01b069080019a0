import { z } from 'zod';

/** What a supervisor can be told about one of its processes, by name. */
export const processOrderSchema = z.object({ kill: z.string().optional(), revive: z.string().optional() });

export type ProcessOrder = z.infer<typeof processOrderSchema>;
