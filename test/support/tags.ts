import * as fc from 'fast-check';

const number = fc.constantFrom('0', '1', '2', '10', '007');
const pick = (...texts: readonly string[]) => fc.constantFrom(...texts);

const core = fc.oneof(
  fc.tuple(number, number, number).map((numbers) => `r${numbers.join('_')}`),
  fc.tuple(number, number, number).map(([major, minor, candidate]) => `r${major}_${minor}_0_rc${candidate}`),
  pick('r170', 'r171', 'r180'),
  fc.tuple(pick('2020', '2021'), pick('01', '1', '22', '53')).map(([year, week]) => `w_${year}_${week}`),
  fc.tuple(pick('02', '3'), pick('01', '28', '31')).map(([month, day]) => `d_2021_${month}_${day}`),
  pick('recommended', 'latest', 'latest_weekly', 'a', 'b', ''),
);

/** Tags of all forms, with near misses; from few parts, so that some are equal. */
export const anyTag = fc
  .tuple(
    pick('', '', '', 'exp_'),
    core,
    pick('', '', '_c0001.001', '_c1.1', '_c0002.001', '_c0002'),
    pick('', '', '_rsp1', '_rsp10'),
    pick('', '', '_foo', '_bar'),
    pick('', '', '-amd64', '-arm64'),
  )
  .map((parts) => parts.join(''));
