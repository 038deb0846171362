/** ISO 8601 with microseconds and a numeric offset, the form RunComfy writes. */
export const timestamp = (ms: number): string =>
	new Date(ms).toISOString().replace(/\.(\d{3})Z$/, '.$1000+00:00');

export const DAY_MS = 86_400_000;
