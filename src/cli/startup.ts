import { readEnvironment } from '../config/process-environment';
import { prepareLab } from '../init-containers/startup/prepare';
import { writeMegabyte } from '../init-containers/startup/space';

/** Prepares the home directory and tells the lab how to start, whatever state the directory is in. */
export function startup(): Promise<void> {
  return prepareLab({
    variables: readEnvironment(),
    paths: { etc: '/etc', startup: '/etc/nublado/startup', temporary: '/tmp' },
    now: new Date(),
    writeMegabyte,
    report: (line) => console.log(line),
  });
}
