import type { V1Container } from '@kubernetes/client-node';

/** The controller's image, in whatever registry. */
const IMAGE = /(^|\/)nublado-temporal([:@]|$)/;

const API_LISTENERS = ['--listen=:8080', '--activity-listen=:8082'] as const;
const OPS_LISTENER = '--ops=:8081';

/** Commands that listen, with the options of their listeners up to the pod's address, and the ports of the image. */
const LISTENERS: Readonly<Record<string, readonly string[]>> = {
  serve: [...API_LISTENERS, OPS_LISTENER],
  api: [...API_LISTENERS, OPS_LISTENER],
  worker: [OPS_LISTENER],
  watcher: [OPS_LISTENER],
};

/** Whether a container runs the program of the controller's image, which is its entry point. */
export function isControllerImage({ command, image = '' }: V1Container): boolean {
  return command === undefined && IMAGE.test(image);
}

/** Options by which a command of the controller listens at the pod's address instead of all addresses. */
export function listenerOptions([command = '']: readonly string[], address: string): string[] {
  return (LISTENERS[command] ?? []).map((option) => option.replace('=:', `=${address}:`));
}
