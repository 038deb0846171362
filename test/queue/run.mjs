// `npm run test:queue`: the packed package in a real n8n, in regular and in queue mode, with its processes killed.
// `--long` runs everything, which takes several hours; `--table` compares the ways of waiting, which takes half an
// hour. Each prints a Markdown table. Further words select tests.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setupServers } from '../../scripts/hosts/servers.mjs';
import { setup } from '../../scripts/hosts/setup.mjs';
import { runTestFiles } from '../../scripts/node-tests.mjs';
import { packInto } from '../../scripts/package.mjs';
import { root } from '../../scripts/root.mjs';
import { tableOf } from './lib/table.mjs';

const table = process.argv.includes('--table');
const long = table || process.argv.includes('--long');
if (table) process.env.RUNCOMFY_QUEUE_TABLE = '1';
/** These make the rows of the table. Those that measure seconds have the machine to themselves. */
const COMPARED = [
	{ names: ['throughput', 'lag'], concurrency: 1 },
	{ names: ['ends', 'stop', 'costs'], concurrency: 3 },
];
const chosen = process.argv.slice(2).filter((word) => !word.startsWith('--'));
// Several run at once if that hardly changes the figures: most of the time, all wait.
const rounds =
	table && chosen.length === 0 ? COMPARED : [{ names: chosen, concurrency: long ? 1 : 2 }];
const work = mkdtempSync(join(tmpdir(), 'runcomfy-queue-'));
const figures = (process.env.RUNCOMFY_QUEUE_FIGURES ??= join(work, 'figures.jsonl'));
const totals = { passed: 0, failed: 0 };
try {
	await setup({ browser: false });
	await setupServers(console.log);
	if (!process.env.RUNCOMFY_E2E_TARBALL) {
		process.env.RUNCOMFY_E2E_TARBALL = packInto(work);
	}
	const folder = join(root, 'test', 'queue', long ? 'long' : 'short');
	for (const { names, concurrency } of rounds) {
		const timeoutMs = (long ? 180 : 10) * 60_000;
		const { passed, failed } = await runTestFiles({ folder, names, concurrency, timeoutMs });
		totals.passed += passed;
		totals.failed += failed;
	}
	console.log(`\n${tableOf(figures)}`);
} catch (error) {
	console.error(error);
	totals.failed += 1;
} finally {
	rmSync(work, { recursive: true, force: true });
}
console.log(`\nqueue: ${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0;
