import { DomainError } from '../../domain/errors';
import type { ImageChoice, LabOptions, LabSize } from '../../domain/lab-plan';
import { fitsQuota } from '../../domain/resources';
import type { User } from '../../domain/user';
import type { Dependencies, SpawnContext } from '../dependencies';
import { InvalidRequest } from '../errors';

/**
 * The options of a request without any: image and size of the user's last lab, each where it is still available and
 * within the quota, else the form's defaults.
 *
 * @throws InvalidRequest naming the field for which there is neither; DomainError `images_unavailable`.
 */
export async function fallbackOptions(
  { history, logger, terms }: Pick<Dependencies, 'history' | 'logger' | 'terms'>,
  user: User,
): Promise<LabOptions> {
  const { images, settings } = terms();
  const last = await history.lastOf(user.username).catch((error: unknown) => {
    logger.warn({ err: error, user: user.username }, 'a spawn goes without the choice of the last lab');
    return null;
  });
  const size = usualSize(settings.lab, user, last?.size);
  const image = await usualImage(images, last?.image);
  const missing = [
    ...(image === null ? [missingField('image_list')] : []),
    ...(size === null ? [missingField('size')] : []),
  ];
  if (image === null || size === null) throw new InvalidRequest(missing);
  return { image, size, enableDebug: false, resetUserEnv: false, startFull: false };
}

/** The default size, also one beyond the quota where there is no other: the spawn is then refused for the quota. */
function usualSize(
  { defaultSize, sizes }: SpawnContext['settings']['lab'],
  { quota }: User,
  last: LabSize | undefined,
): LabSize | null {
  const fitting = sizes.filter(({ resources }) => fitsQuota(resources.limits, quota)).map(({ size }) => size);
  const wanted = [last, defaultSize].find((size) => size != null && fitting.includes(size));
  return wanted ?? fitting[0] ?? defaultSize ?? sizes[0]?.size ?? null;
}

async function usualImage(
  images: SpawnContext['images'],
  last: string | undefined,
): Promise<ImageChoice | null> {
  const lastChoice = last === undefined ? null : ({ field: 'image_list', reference: last } as const);
  if (lastChoice !== null && (await isAvailable(images, lastChoice))) return lastChoice;
  const { dropdown, menu } = await images.offer();
  const first = menu[0] ?? dropdown[0];
  return first === undefined ? null : { field: 'image_list', reference: first.reference };
}

async function isAvailable(images: SpawnContext['images'], choice: ImageChoice): Promise<boolean> {
  try {
    await images.resolve(choice);
    return true;
  } catch (error) {
    if (error instanceof DomainError && error.code !== 'images_unavailable') return false;
    throw error;
  }
}

function missingField(field: string) {
  return { loc: ['body', 'options', field], msg: 'Field required', type: 'missing', input: null };
}
