import { z } from 'zod';

/** A user of the fake identity service, in the format of the control API. */
export const fakeUserSchema = z.strictObject({
  username: z.string(),
  name: z.string().optional(),
  email: z.string().optional(),
  uid: z.number().optional(),
  gid: z.number().optional(),
  groups: z.array(z.strictObject({ name: z.string(), id: z.number() })).default([]),
  quota: z
    .strictObject({
      api: z.record(z.string(), z.number()).default({}),
      tap: z.record(z.string(), z.unknown()).default({}),
      notebook: z
        .strictObject({ cpu: z.number(), memory: z.number(), spawn: z.boolean().default(true) })
        .nullable()
        .default(null),
    })
    .nullable()
    .default(null),
  scopes: z.array(z.string()).default(['exec:notebook']),
  /** Merged over the user-info document, to make invalid documents. */
  overrides: z.record(z.string(), z.unknown()).default({}),
});

export type FakeUser = z.infer<typeof fakeUserSchema>;

const person = (username: string, name: string, id: number, more: Partial<FakeUser> = {}): FakeUser =>
  fakeUserSchema.parse({
    username,
    name,
    email: `${username}@example.com`,
    uid: id,
    gid: id,
    groups: [{ name: username, id }],
    scopes: ['exec:notebook', 'write:files'],
    ...more,
  });

/** The users of every stack, by token. Users and tokens are invented. */
export const DEMO_USERS: Readonly<Record<string, FakeUser>> = {
  'gt-rachel.fake': person('rachel', 'Rachel Carson', 1101, {
    groups: [
      { name: 'rachel', id: 1101 },
      { name: 'lunatics', id: 2028 },
      { name: 'mechanics', id: 2001 },
    ],
    quota: { api: {}, tap: {}, notebook: { cpu: 9, memory: 27, spawn: true } },
  }),
  'gt-ribbon.fake': person('ribbon', 'Ribbon', 1102),
  'gt-wrench.fake': person('wrench', 'Wrench', 1103, {
    groups: [
      { name: 'wrench', id: 1103 },
      { name: 'mechanics', id: 2001 },
    ],
  }),
  // Less than the smallest lab size.
  'gt-pauper.fake': person('pauper', 'Over Quota', 1104, {
    quota: { api: {}, tap: {}, notebook: { cpu: 0.1, memory: 0.1, spawn: true } },
  }),
  'gt-barred.fake': person('barred', 'May Not Spawn', 1105, {
    quota: { api: {}, tap: {}, notebook: { cpu: 9, memory: 27, spawn: false } },
  }),
  'gt-ghost.fake': fakeUserSchema.parse({ username: 'ghost', name: 'No UID' }),
  'gt-hub.fake': fakeUserSchema.parse({ username: 'bot-jupyterhub', scopes: ['admin:jupyterlab'] }),
  'gt-operator.fake': person('operator', 'Operator', 1900, {
    scopes: ['exec:admin', 'exec:notebook', 'write:files'],
  }),
};
