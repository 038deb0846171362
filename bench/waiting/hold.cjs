// In the process that is measured: what memory and CPU so many more that wait take.
const { setTimeout: pause } = require('node:timers/promises');
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

/** What loads once, and what is allocated once. */
const FIRST = 50;
const SETTLE_MS = 8_000;
const WATCHED_MS = 20_000;
const LOOKS = 10;

/** The least of some looks: answers under way are no part of it. */
async function memory() {
	const seen = [];
	for (let look = 0; look < LOOKS; look += 1) {
		collectGarbage();
		seen.push(process.memoryUsage());
		await pause(150);
	}
	const least = (key) => Math.min(...seen.map((one) => one[key]));
	return { heap: least('heapUsed'), rss: least('rss') };
}

/** Milliseconds of CPU, of this process, in a minute. */
async function cpu() {
	const before = process.cpuUsage();
	await pause(WATCHED_MS);
	const { user, system } = process.cpuUsage(before);
	return ((user + system) / 1000) * (60_000 / WATCHED_MS);
}

/** @param {number} count @param {(at: number) => void} begin has one more wait */
exports.hold = async (count, begin) => {
	for (let at = 0; at < FIRST; at += 1) begin(at);
	await pause(SETTLE_MS);
	const before = await memory();
	for (let at = 0; at < count; at += 1) begin(FIRST + at);
	await pause(SETTLE_MS);
	const after = await memory();
	const cpuMs = (await cpu()) / (count + FIRST);
	const each = (key) => (after[key] - before[key]) / count;
	return { heap: each('heap'), rss: each('rss'), cpuMs };
};
