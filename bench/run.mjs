// `npm run bench [-- name…]`: prints measured figures beside the goals that we promise, and exits with 1 if one misses
// its goal. README.md contains the measured figures.
import { files } from './files/files.mjs';
import { print } from './report.mjs';
import { waits } from './waits/waits.mjs';

/** @type {Record<string, [title: string, measure: () => Promise<import('./report.mjs').Measured>]>} */
const BENCHES = {
	waits: ['From the end of a run to the next node, in the real hosts', waits],
	files: ['Files to the disk', files],
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
	console.error(`No benchmark ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
	process.exit(2);
}
const missed = [];
for (const [name, [title, measure]] of Object.entries(BENCHES)) {
	if (wanted.length > 0 && !wanted.includes(name)) continue;
	const { figures, table } = await measure();
	missed.push(...print(title, figures));
	if (table) console.log(`\n${table}`);
}
if (missed.length > 0) {
	console.error(`\nMissed: ${missed.join('; ')}`);
	process.exitCode = 1;
}
