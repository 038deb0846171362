/**
 * @param now milliseconds on a clock that only goes forward
 * @returns a function that takes one out of what is allowed, and says whether there was one
 */
export function createAllowance(perMinute: number, now: () => number): () => boolean {
	let left = perMinute;
	let at = now();
	return () => {
		const passedMs = now() - at;
		at += passedMs;
		left = Math.min(perMinute, left + (passedMs * perMinute) / 60_000);
		if (left < 1) return false;
		left -= 1;
		return true;
	};
}
