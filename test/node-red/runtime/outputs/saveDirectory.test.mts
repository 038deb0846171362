// Where the files are to go is tried before anything is paid for.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { useFlows } from '../../support/setup.mts';

const start = useFlows();
let work: string;
beforeEach(() => {
	work = mkdtempSync(join(tmpdir(), 'runcomfy-directory-'));
	writeFileSync(join(work, 'file'), 'mine');
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

async function run(directory: string) {
	const flow = await start('runcomfy-run', { output: 'saved', directory });
	flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage });
	await flow.ended();
	return flow;
}

// In /proc Node's own recursive mkdir never returns.
const IMPOSSIBLE = process.platform === 'linux' ? ['/dev/null/x', '/proc/nope', '/proc/a/b'] : [];

it.each(['file/x', ...IMPOSSIBLE])('%s is refused without a submit', async (name) => {
	const directory = name.startsWith('/') ? name : join(work, name);
	const { caught, simulator } = await run(directory);
	expect(caught[0]?.error).toMatchObject({ code: 'invalid_input' });
	expect(caught[0]?.error?.message).toContain(directory);
	expect(simulator.count('submit')).toBe(0);
});

it('a directory that is yet to be made is made, and nothing else is left in it', async () => {
	const { sent } = await run(join(work, 'a', 'b'));
	expect(readdirSync(join(work, 'a', 'b'))).toHaveLength((sent[0]?.payload as unknown[]).length);
});
