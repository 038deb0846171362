// `npm run bench [name…]`: prints the figures that we promise beside what they are here, and ends with
// 1 where a goal is missed.
import { build } from '../scripts/build.mjs';
import { burst, waiting } from './burst.mjs';
import { form } from './form.mjs';
import { install } from './install.mjs';
import { n8n } from './n8n.mjs';
import { nodeRed } from './node-red.mjs';
import { picture } from './picture.mjs';
import { polling } from './polling.mjs';
import { print } from './report.mjs';
import { workflow } from './workflow.mjs';

const BENCHES = {
	polling: ['Polling, on a virtual clock, after 2 s in the queue', polling],
	install: ['Install in Node-RED', install],
	picture: ['A picture of 8 MB as an input', picture],
	workflow: ['A large workflow in the core', workflow],
	form: ['Form of a deployment in n8n', form],
	n8n: ['n8n, on its engine', n8n],
	'node-red': ['Node-RED 4.1', nodeRed],
	burst: ['A burst in Node-RED 4.1', burst],
	waiting: ['Messages that wait in Node-RED 4.1, each with a prompt of a few words', waiting],
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
	console.error(`No benchmark ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
	process.exit(2);
}
await build();
const missed = [];
for (const [name, [title, measure]] of Object.entries(BENCHES)) {
	if (wanted.length === 0 || wanted.includes(name)) missed.push(...print(title, await measure()));
}
if (missed.length > 0) {
	console.error(`\nMissed: ${missed.join('; ')}`);
	process.exitCode = 1;
}
