/** Why a kubelet does not start a container yet; it tries again until the pod goes. */
export class UnreadyPod extends Error {
  override readonly name = 'UnreadyPod';

  constructor(
    /** `CreateContainerConfigError` for the environment, `FailedMount` for volumes. */
    readonly reason: 'CreateContainerConfigError' | 'FailedMount',
    message: string,
  ) {
    super(message);
  }
}
