import type { Config } from '../../config/config';

type HomeConfig = Pick<Config['lab'], 'homedirPrefix' | 'homedirSchema' | 'homedirSuffix'>;

/** A user's home directory inside labs, such as `/home/rachel` or `/home/r/rachel`. */
export function homeDirectory(lab: HomeConfig, username: string): string {
  const initial = lab.homedirSchema === 'initialThenUsername' ? [...username].slice(0, 1) : [];
  const suffix = lab.homedirSuffix === '' ? [] : [lab.homedirSuffix];
  return [lab.homedirPrefix, ...initial, username, ...suffix].join('/');
}
