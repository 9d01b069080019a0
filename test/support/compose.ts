import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { CHECKOUT } from '../../stack/paths';

const conditions = z.enum(['service_healthy', 'service_completed_successfully']);

const serviceSchema = z.looseObject({
  image: z.string(),
  build: z.string().optional(),
  user: z.string().optional(),
  entrypoint: z.array(z.string()).default([]),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  networks: z
    .union([z.array(z.string()), z.record(z.string(), z.unknown()).transform(Object.keys)])
    .default([]),
  network_mode: z.string().optional(),
  healthcheck: z
    .object({ test: z.array(z.string()) })
    .loose()
    .optional(),
  depends_on: z.record(z.string(), z.object({ condition: conditions }).loose()).default({}),
  restart: z.string().default('no'),
  read_only: z.boolean().default(false),
  privileged: z.boolean().default(false),
  cap_drop: z.array(z.string()).default([]),
  cap_add: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).default([]),
});

/** A service of the compose file, aliases and merged mappings resolved. */
export type ComposeService = z.infer<typeof serviceSchema>;

const fileSchema = z.looseObject({
  services: z.record(z.string(), serviceSchema),
  networks: z.record(z.string(), z.unknown()),
  volumes: z.record(z.string(), z.unknown()),
});

/** `$$`, or a variable in braces with what follows its name. */
const EXPRESSION = /\$(?:\$|\{(\w+)([^}]*)\})/g;

/** The text of the compose file as it is. */
export const composeText = (): string => readFileSync(join(CHECKOUT, 'docker-compose.yml'), 'utf8');

/** The document in the compose file, not interpolated. */
export const composeDocument = (text = composeText()): unknown => parse(text, { merge: true });

/** The variables of the compose file, with what follows their names, such as `:-8000`. */
export function composeVariables(): { readonly name: string; readonly rest: string }[] {
  return [...composeText().matchAll(EXPRESSION)]
    .filter(([whole]) => whole !== '$$')
    .map(([, name = '', rest = '']) => ({ name, rest }));
}

/** What Compose makes of the file where no variable is set. */
export function composeFile(): z.infer<typeof fileSchema> {
  const text = composeText().replaceAll(EXPRESSION, (whole, _name, rest) =>
    whole === '$$' ? '$' : String(rest).replace(/^:-/, ''),
  );
  return fileSchema.parse(composeDocument(text));
}

/** A service of the compose file. @throws Error if there is none of that name. */
export function composeService(name: string): ComposeService {
  const service = composeFile().services[name];
  if (!service) throw new Error(`docker-compose.yml has no service ${name}`);
  return service;
}
