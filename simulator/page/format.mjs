/** "0.8 s", "12 s", "3 min 20 s", "2 h 5 min" */
export function duration(ms) {
	const seconds = Math.max(0, ms) / 1000;
	if (seconds < 10) return `${seconds.toFixed(1)} s`;
	if (seconds < 60) return `${Math.round(seconds)} s`;
	const minutes = Math.floor(seconds / 60);
	if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
	return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export const ago = (ms) => (ms < 2000 ? 'now' : `${duration(ms)} ago`);

/** "14:03:27", or with its day where that is another one. */
export function clock(ms, now) {
	const date = new Date(ms);
	const time = date.toTimeString().slice(0, 8);
	const sameDay = date.toDateString() === new Date(now).toDateString();
	return sameDay ? time : `${date.toLocaleDateString()} ${time}`;
}

export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;
