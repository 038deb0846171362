// `npm run test:soak [node-red] [regular] [queue]`: 1,000 requests, 100 at a time, in real hosts with the simulator,
// which takes about ten minutes for each. One request in twenty meets a fault. Prints a table, and ends with 1 if a
// result is missing, something is paid for twice, or memory or handles grow. With `--brief`, it makes fewer requests,
// to check that the test itself works.
import { withN8n } from './hosts/n8n.mjs';
import { withNodeRed } from './hosts/nodeRed.mjs';
import { FEW_REQUESTS, REQUESTS, soak } from './lib/phases.mjs';
import { problemsOf, tableOf } from './lib/table.mjs';

const brief = process.argv.includes('--brief');
const load = (host) => soak(host, brief ? FEW_REQUESTS : REQUESTS);

const HOSTS = {
	'node-red': () => withNodeRed(load),
	regular: () => withN8n('regular', load),
	queue: () => withN8n('queue', load),
};

const named = process.argv.slice(2).filter((word) => word !== '--brief');
const unknown = named.filter((name) => !(name in HOSTS));
if (unknown.length > 0) {
	console.error(`No host ${unknown.join(', ')}; there are ${Object.keys(HOSTS).join(', ')}`);
	process.exit(2);
}
const wanted = Object.keys(HOSTS).filter((name) => named.length === 0 || named.includes(name));
const outcomes = [];
const problems = [];
try {
	for (const name of wanted) {
		console.log(`soak: ${name}`);
		const outcome = await HOSTS[name]();
		outcomes.push(outcome);
		problems.push(...problemsOf(outcome));
	}
} catch (error) {
	console.error(error);
	problems.push('It did not come to its end');
}
console.log(`\n${tableOf(outcomes)}\n`);
for (const problem of problems) console.error(problem);
// After a failure, others still wait for their results.
process.exit(problems.length > 0 ? 1 : 0);
