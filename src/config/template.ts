import { isPlainTemplate } from '../domain/template';
import { scalar } from './scalars';

/** A text with `{{ uid }}` and `{{ gid }}` in Jinja syntax; anything else in braces is an error. */
export const template = () =>
  scalar(
    {
      title: 'template',
      rule: 'a template that uses only {{ uid }} and {{ gid }}',
      json: { type: 'string' },
    },
    (value) =>
      // Jinja drops one newline at the end of a template.
      typeof value === 'string' && isPlainTemplate(value) ? value.replace(/\n$/, '') : undefined,
  );
