// `npm run test:e2e`: installs the hosts, packs what is published, runs every test, prints the count. It uses
// node:test and not Jest, because these tests only drive other processes and a browser. A module registry and a
// transform for each file would gain nothing, and a failure in a page or a host is easier to find without them. Hosts
// stay up for a whole file of steps that depend on each other.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setup } from '../../scripts/hosts/setup.mjs';
import { runTestFiles } from '../../scripts/node-tests.mjs';
import { packPublished } from '../../scripts/package.mjs';
import { root } from '../../scripts/root.mjs';

/** These files mostly wait for hosts that end and start, so they run beside the others. */
const WAITING = ['durability', 'journal'];
const work = mkdtempSync(join(tmpdir(), 'runcomfy-e2e-'));
const totals = { passed: 0, failed: 0 };
try {
	await setup();
	const { n8n, nodeRed } = packPublished(work);
	process.env.RUNCOMFY_E2E_TARBALL = n8n;
	process.env.RUNCOMFY_E2E_NODE_RED_TARBALL = nodeRed;
	const folder = join(root, 'test', 'e2e', 'tests');
	const names = process.argv.slice(2);
	const timeoutMs = 10 * 60_000;
	const lanes = names.length > 0 ? [{ names }] : [{ names: WAITING }, { names, without: WAITING }];
	const run = (lane) => runTestFiles({ folder, timeoutMs, ...lane });
	for (const { passed, failed } of await Promise.all(lanes.map(run))) {
		totals.passed += passed;
		totals.failed += failed;
	}
} catch (error) {
	console.error(error);
	totals.failed += 1;
} finally {
	rmSync(work, { recursive: true, force: true });
}
console.log(`\ne2e: ${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0;
