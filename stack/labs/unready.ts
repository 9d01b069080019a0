/** Why a container cannot be started yet; the kubelet repeats the attempt until the pod is deleted. */
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
