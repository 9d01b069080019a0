/** Years that dates in tags can have. */
const isYear = (year: number) => year >= 1 && year <= 9999;

/** `Date.UTC` takes the years below 100 for those of the twentieth century. */
function utcDay(year: number, month: number, day: number): Date {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date;
}

const asText = (date: Date) => date.toISOString().slice(0, 10);

/** A day as `yyyy-mm-dd`; null if the calendar has no such day. */
export function dayOf(year: number, month: number, day: number): string | null {
  if (!isYear(year) || month < 1 || month > 12 || day < 1 || day > 31) return null;
  const date = utcDay(year, month, day);
  return date.getUTCDate() === day ? asText(date) : null;
}

/** The Thursday of an ISO week as `yyyy-mm-dd`; null if the year has no such week. */
export function thursdayOf(year: number, week: number): string | null {
  if (!isYear(year) || week < 1 || week > 53) return null;
  // Week 1 is the one with January 4; a week belongs to the year of its Thursday.
  const isoWeekday = utcDay(year, 1, 4).getUTCDay() || 7;
  const thursday = utcDay(year, 1, 4 + 4 - isoWeekday + 7 * (week - 1));
  return thursday.getUTCFullYear() === year ? asText(thursday) : null;
}
