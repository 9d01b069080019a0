import { workflowTaskSlots } from '../../../src/temporal/workflow-task-slots';

const slots = () => workflowTaskSlots({ cached: 2, uncached: 1 });

const asked = (isSticky: boolean) => ({
  isSticky,
  slotType: 'workflow' as const,
  taskQueue: 'controller',
  workerIdentity: 'worker',
  workerBuildId: '',
});

type Slots = ReturnType<typeof slots>;

const reserve = (supplier: Slots, isSticky: boolean, signal = new AbortController().signal) =>
  supplier.reserveSlot(asked(isSticky), signal);

/** Whether a reservation is granted by the time that others, made after it, are. */
async function isGranted(reservation: Promise<unknown>): Promise<boolean> {
  const settled = Symbol('settled');
  const first = await Promise.race([reservation.then(() => settled), new Promise(setImmediate)]);
  return first === settled;
}

test('workflows in the cache have slots of their own', async () => {
  const supplier = slots();
  await reserve(supplier, false);
  const waiting = reserve(supplier, false);

  expect(await isGranted(reserve(supplier, true))).toBe(true);
  expect(await isGranted(reserve(supplier, true))).toBe(true);
  expect(await isGranted(reserve(supplier, true))).toBe(false);
  expect(await isGranted(waiting)).toBe(false);
});

test('a released slot goes to the reservation that has waited longest', async () => {
  const supplier = slots();
  const permit = await reserve(supplier, false);
  const [first, second] = [reserve(supplier, false), reserve(supplier, false)];
  supplier.releaseSlot({ permit });

  expect(await isGranted(first)).toBe(true);
  expect(await isGranted(second)).toBe(false);
  supplier.releaseSlot({ permit: await first });
  expect(await isGranted(second)).toBe(true);
});

test('a reservation that is no longer needed takes no slot', async () => {
  const supplier = slots();
  const permit = await reserve(supplier, false);
  const controller = new AbortController();
  const aborted = reserve(supplier, false, controller.signal);
  controller.abort();
  await expect(aborted).rejects.toThrow('aborted');
  await expect(reserve(supplier, false, controller.signal)).rejects.toThrow('aborted');
  supplier.releaseSlot({ permit });

  expect(supplier.tryReserveSlot(asked(false))).not.toBeNull();
  expect(supplier.tryReserveSlot(asked(false))).toBeNull();
  expect(supplier.tryReserveSlot(asked(true))).not.toBeNull();
});
