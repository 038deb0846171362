// `npm run test:e2e`: brings the hosts, packs the package, runs every test, prints the count.
// On node:test, not on Jest as the other tests: these only drive other processes and a browser, so a
// module registry and a transform for each file would gain nothing, and what fails in a page or a host
// is then easier to find in Node itself. Hosts stay up over a whole file of dependent steps.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { build } from '../../scripts/build.mjs';
import { setup } from '../../scripts/hosts/setup.mjs';
import { packInto } from '../../scripts/pack.mjs';
import { root } from '../../scripts/root.mjs';

const work = mkdtempSync(join(tmpdir(), 'runcomfy-e2e-'));
const totals = { passed: 0, failed: 0 };
try {
	await setup();
	await build();
	process.env.RUNCOMFY_E2E_TARBALL = packInto(work);
	await runTests();
} catch (error) {
	console.error(error);
	totals.failed += 1;
} finally {
	rmSync(work, { recursive: true, force: true });
}
console.log(`\ne2e: ${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0;

function runTests() {
	const wanted = process.argv.slice(2);
	const files = readdirSync(join(root, 'test', 'e2e', 'tests'))
		.filter((name) => name.endsWith('.test.mjs'))
		.filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
		.sort()
		.map((name) => join(root, 'test', 'e2e', 'tests', name));
	return new Promise((resolve, reject) => {
		// One at a time: each starts a whole host on a small machine.
		const stream = run({ files, concurrency: 1, timeout: 10 * 60_000 });
		const isTest = ({ details, name }) => details?.type !== 'suite' && !files.includes(name);
		stream.on('test:pass', (data) => {
			if (isTest(data) && data.skip === undefined) totals.passed += 1;
		});
		stream.on('test:fail', (data) => {
			if (isTest(data) || files.includes(data.name)) totals.failed += 1;
		});
		stream.once('error', reject);
		stream.compose(spec).on('end', resolve).pipe(process.stdout);
	});
}
