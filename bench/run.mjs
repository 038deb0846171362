// `npm run bench [name…]`: prints the figures that we promise beside what they are here, keeps them in
// bench/results/latest.json, brings the docs up to date, and ends with 1 where a goal is missed. With
// `--dry`, nothing is written.
import { build } from '../scripts/build.mjs';
import { writeDocs } from '../scripts/docs.mjs';
import { keepPart } from '../scripts/figures/results.mjs';
import { batches } from './batches.mjs';
import { burst } from './burst.mjs';
import { files } from './files/files.mjs';
import { form } from './form.mjs';
import { install } from './install.mjs';
import { n8n } from './n8n.mjs';
import { nodeRed } from './node-red.mjs';
import { overhead } from './overhead.mjs';
import { picture } from './picture.mjs';
import { polling } from './polling.mjs';
import { print } from './report.mjs';
import { size } from './size.mjs';
import { waiting } from './waiting/waiting.mjs';
import { waits } from './waits.mjs';
import { workflow } from './workflow.mjs';

const BENCHES = {
	polling: ['Polling, on a virtual clock, after 2 s in the queue', polling],
	waits: ['From the end of a run to the next node, in the real hosts', waits],
	batches: ['Batches on ten machines, in the real hosts', batches],
	waiting: ['What a request that waits costs the host', waiting],
	files: ['Files in and out', files],
	overhead: ['A call, beside one of the host’s own', overhead],
	size: ['Loading and size', size],
	install: ['Install in Node-RED', install],
	picture: ['A picture of 8 MB as an input', picture],
	workflow: ['A large workflow in the core', workflow],
	form: ['Form of a deployment in n8n', form],
	n8n: ['Ten items in n8n, on its engine', n8n],
	'node-red': ['Ten messages in Node-RED 4.1', nodeRed],
	burst: ['A burst in Node-RED 4.1', burst],
};

const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const dry = process.argv.includes('--dry');
const unknown = wanted.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
	console.error(`No benchmark ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
	process.exit(2);
}
await build();
const missed = [];
for (const [name, [title, measure]] of Object.entries(BENCHES)) {
	if (wanted.length > 0 && !wanted.includes(name)) continue;
	const measured = await measure();
	const { figures, data = undefined } = Array.isArray(measured) ? { figures: measured } : measured;
	missed.push(...print(title, figures));
	if (!dry) keepPart(name, { title, figures, data });
}
if (!dry) writeDocs();
if (missed.length > 0) {
	console.error(`\nMissed: ${missed.join('; ')}`);
	process.exitCode = 1;
}
