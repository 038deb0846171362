// How long runs take, over a restart of Node-RED.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type * as Module from '../../../../node-red/runtime/account/runTimes.cts';
import { root } from '../../../../scripts/root.mjs';
import { dist } from '../../support/dist.mts';
import { useFlows } from '../../support/setup.mts';
import { useUserDir } from '../../support/userDir.mts';

const { RUN_TIMES_FILE } = dist<typeof Module>('node-red/runtime/account/runTimes.cjs');
const start = useFlows();
const dir = useUserDir();
const file = () => join(dir.userDir, RUN_TIMES_FILE);

/** A process of its own, which learns of each of these deployments that it takes so long. */
function learn(learned: Record<string, number>) {
	const script = `
		const { keepRunTimes, runTimes } = require('./dist/node-red/runtime/account/runTimes.cjs');
		keepRunTimes(${JSON.stringify(dir.userDir)});
		for (const [id, ms] of Object.entries(${JSON.stringify(learned)})) runTimes().set(id, [ms]);
		process.exit();`;
	const { status, stderr } = spawnSync(process.execPath, ['-e', script], { cwd: root });
	return { status, stderr: stderr.toString() };
}

const ENDED_WELL = { status: 0, stderr: '' };
const kept = () => (JSON.parse(readFileSync(file(), 'utf8')) as { runTimes: unknown }).runTimes;

describe('run times', () => {
	it('are in the user directory, those of earlier processes with those of the last', () => {
		expect(learn({ a: 1_000 })).toEqual(ENDED_WELL);
		expect(learn({ b: 2_000 })).toEqual(ENDED_WELL);
		expect(kept()).toEqual({ a: [1_000], b: [2_000] });
		expect(readdirSync(dir.userDir)).toEqual([RUN_TIMES_FILE]);
	});

	it('begin again where the file is damaged', () => {
		writeFileSync(file(), '{"v":1,"runTimes":{"a":[1');
		expect(learn({ b: 2_000 })).toEqual(ENDED_WELL);
		expect(kept()).toEqual({ b: [2_000] });
	});

	it('are not kept where they cannot be, without a word', () => {
		mkdirSync(file());
		expect(learn({ b: 2_000 })).toEqual(ENDED_WELL);
	});

	it('are known to the first run after a restart', async () => {
		const known = 'de910e00-0000-4000-8000-000000000006';
		learn({ [known]: 60_000 });
		const flow = await start(
			'runcomfy-run',
			{},
			{ userDir: dir.userDir, simulator: { latencyMs: 60_000 } },
		);
		const { model3d, audio: unknown } = flow.simulator.deploymentIds;
		expect(model3d).toBe(known);
		const callsFor = async (deploymentId: string, ended: number) => {
			const before = flow.simulator.count('status');
			flow.receive({ deploymentId });
			await flow.ended(ended);
			return flow.simulator.count('status') - before;
		};
		const first = await callsFor(unknown, 1);
		const afterRestart = await callsFor(known, 2);
		expect(afterRestart).toBeLessThan(first / 2);
	});
});
