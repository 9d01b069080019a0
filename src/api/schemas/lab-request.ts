import { z } from 'zod';
import { IMAGE_CLASSES, type ImageChoice, LAB_SIZES, type LabOptions } from '../../domain/lab-plan';
import { type Problem, toProblems } from '../errors';

/** A well-formed request for a lab. */
export interface LabRequest {
  /** Null when the request has no options: then the user's last choice or the defaults are used. */
  readonly options: LabOptions | null;
  /** The hub's variables, with secrets; contains `JUPYTERHUB_SERVICE_PREFIX`. */
  readonly environment: Readonly<Record<string, string>>;
  /** The user's identity as sent by the hub, not parsed: most identity sources ignore it. */
  readonly user: unknown;
}

/** The value of the form's radio button with which the drop-down is used. */
const USE_DROPDOWN = 'use_image_from_dropdown';

const FORM_KEYS = [
  'image_list',
  'image_dropdown',
  'image_class',
  'image_tag',
  'size',
  'enable_debug',
  'reset_user_env',
  'start_with_full_home',
] as const;

/**
 * Keeps the known keys of a form, each with its only value; nulls and empty lists count as absent. Null when the form
 * has none of them.
 */
function unlist(form: unknown, context: z.RefinementCtx): unknown {
  if (typeof form !== 'object' || form === null || Array.isArray(form)) {
    return form ?? undefined;
  }
  const given = new Map<string, unknown>(Object.entries(form));
  const entries = FORM_KEYS.map((key) => {
    const value = given.get(key);
    if (Array.isArray(value) && value.length > 1) {
      context.addIssue({ code: 'custom', message: `Too many values for ${key}` });
    }
    return [key, (Array.isArray(value) ? value[0] : value) ?? undefined] as const;
  });
  return entries.every(([, value]) => value === undefined) ? null : Object.fromEntries(entries);
}

const emptyAsAbsent = (value: unknown): unknown => (value === '' ? undefined : value);

const imageName = z.preprocess(emptyAsAbsent, z.string().optional());

/** A value as text for a message; empty for lists and objects, which may be too deep to be serialised. */
function shown(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? ` ${String(value).slice(0, 100)}` : '';
}

const flag = z.unknown().transform((value, context): boolean => {
  switch (value) {
    case true:
    case 'true':
      return true;
    case false:
    case 'false':
    case undefined:
      return false;
    default:
      context.addIssue({ code: 'custom', message: `Invalid boolean value${shown(value)}` });
      return z.NEVER;
  }
});

const form = z.object({
  image_list: imageName,
  image_dropdown: imageName,
  image_class: z.preprocess(emptyAsAbsent, z.enum(IMAGE_CLASSES).optional()),
  image_tag: imageName,
  size: z.preprocess((value) => (typeof value === 'string' ? value.toLowerCase() : value), z.enum(LAB_SIZES)),
  enable_debug: flag,
  reset_user_env: flag,
  start_with_full_home: flag,
});

function imageChoices(chosen: z.output<typeof form>): ImageChoice[] {
  const listed = chosen.image_list === USE_DROPDOWN ? undefined : chosen.image_list;
  const dropped = listed === undefined ? chosen.image_dropdown : undefined;
  const choices: ImageChoice[] = [];
  if (chosen.image_class !== undefined) {
    choices.push({ field: 'image_class', imageClass: chosen.image_class });
  }
  if (dropped !== undefined) {
    choices.push({ field: 'image_dropdown', reference: dropped });
  }
  if (listed !== undefined) {
    choices.push({ field: 'image_list', reference: listed });
  }
  if (chosen.image_tag !== undefined) {
    choices.push({ field: 'image_tag', tag: chosen.image_tag });
  }
  return choices;
}

const options = z.preprocess(
  unlist,
  form
    .transform((chosen, context): LabOptions => {
      const [image, ...others] = imageChoices(chosen);
      if (image === undefined) {
        context.addIssue({ code: 'custom', message: 'No image to spawn specified' });
        return z.NEVER;
      }
      if (others.length > 0) {
        const fields = [image, ...others].map(({ field }) => field).join(', ');
        context.addIssue({ code: 'custom', message: `Image specified multiple ways (${fields})` });
        return z.NEVER;
      }
      return {
        image,
        size: chosen.size,
        enableDebug: chosen.enable_debug,
        resetUserEnv: chosen.reset_user_env,
        startFull: chosen.start_with_full_home,
      };
    })
    .nullable(),
);

const SERVICE_PREFIX = 'JUPYTERHUB_SERVICE_PREFIX';

/** Valid keys of a ConfigMap; a variable of any other name would make the spawn fail. */
const VARIABLE_NAME = /^(?!\.\.|\.$)[-.\w]{1,253}$/;

/** The problem of a variable, or null. The prefix is a part of the lab's URL and must not extend the host. */
function variableProblem(name: string, value: string): string | null {
  if (!VARIABLE_NAME.test(name)) {
    return 'Names of variables may have letters, digits, ".", "-" and "_" only';
  }
  if (value.includes('\0')) {
    return 'Values of variables must not hold NUL characters';
  }
  return name === SERVICE_PREFIX && !/^\/[\x21-\x7e]*$/.test(value)
    ? `${SERVICE_PREFIX} must be the path of a URL`
    : null;
}

/** Maximum number of variables, and of bytes of their names and values in UTF-8. */
const MAX_VARIABLES = 500;
const MAX_ENVIRONMENT_BYTES = 65_536;

/** Checks the size of an environment before its variables are validated. */
function sized(variables: unknown, context: z.RefinementCtx): unknown {
  if (typeof variables !== 'object' || variables === null) return variables;
  const entries = Object.entries(variables);
  const bytes = entries.flat().reduce((sum, part) => sum + Buffer.byteLength(String(part)), 0);
  if (entries.length > MAX_VARIABLES || bytes > MAX_ENVIRONMENT_BYTES) {
    const message = `More than ${MAX_VARIABLES} variables or ${MAX_ENVIRONMENT_BYTES / 1024} KiB of them`;
    context.addIssue({ code: 'custom', message });
  }
  return variables;
}

const environment = z.preprocess(
  sized,
  z.record(z.string(), z.string()).superRefine((variables, context) => {
    if (!Object.hasOwn(variables, SERVICE_PREFIX)) {
      context.addIssue({ code: 'custom', message: `${SERVICE_PREFIX} must be set` });
    }
    for (const [name, value] of Object.entries(variables)) {
      const message = variableProblem(name, value);
      if (message !== null) {
        context.addIssue({ code: 'custom', message, path: [name] });
      }
    }
  }),
);

const body = z.object({ options, env: environment, user: z.unknown().optional() });

/** The request in a body, or all its problems. */
export type ParsedLabRequest = { readonly request: LabRequest } | { readonly problems: readonly Problem[] };

/** Parses the JSON body of a create request; values of `env` are never repeated in problems. */
export function parseLabRequest(json: unknown): ParsedLabRequest {
  if (json === undefined || json === null) {
    return { problems: [{ loc: ['body'], msg: 'Field required', type: 'missing', input: null }] };
  }
  const parsed = body.safeParse(json, { reportInput: true });
  return parsed.success
    ? {
        request: {
          options: parsed.data.options,
          environment: parsed.data.env,
          user: parsed.data.user,
        },
      }
    : { problems: toProblems(parsed.error.issues, 'body', ([first]) => first === 'options') };
}

const formValue = <Value extends z.ZodType>(value: Value) =>
  z.union([value, z.array(value).max(1), z.null()]).optional();

const formFlag = formValue(z.union([z.boolean(), z.enum(['true', 'false'])])).describe('Default false.');

/** The body of a create request as the documentation shows it. */
export const labRequestForm = z
  .object({
    options: z
      .object({
        image_list: formValue(z.string()).describe(
          `Image reference from the menu. \`${USE_DROPDOWN}\` means that \`image_dropdown\` holds it.`,
        ),
        image_dropdown: formValue(z.string()).describe('Ignored when `image_list` names an image.'),
        image_class: formValue(z.enum(IMAGE_CLASSES)),
        image_tag: formValue(z.string()).describe('Tag in the configured repository.'),
        size: formValue(z.enum(LAB_SIZES)).describe(
          'Required beside any other key; upper case is accepted too.',
        ),
        enable_debug: formFlag,
        reset_user_env: formFlag,
        start_with_full_home: formFlag.describe(
          'Whether to start with a full home directory too, where `lab.homeSpace` checks it. Default false.',
        ),
      })
      .describe(
        'Form data: every value may be given plainly or as a list of one. Exactly one image key must be set. ' +
          "Other keys are ignored. Without any of these keys, the user's last image and size are taken where they " +
          'are still available and permitted, else the defaults of the form.',
      ),
    env: z
      .record(z.string(), z.string())
      .describe(
        "The lab's environment as JupyterHub made it, with `JUPYTERHUB_SERVICE_PREFIX`; at most 500 variables of 64 KiB " +
          'together.',
      ),
  })
  .meta({ id: 'LabRequest' });
