// In which order messages go to RunComfy: in that of their arrival, however long each takes to be read, also after a start.
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../../support/expect.mts';
import { type TestFlow, turns, useFlows } from '../../support/rig.mts';

const start = useFlows();

interface Submitted {
	overrides: { 6: { inputs: { text: string } } };
}

/** The prompts in the order in which RunComfy got them. */
const submitted = (flow: TestFlow) =>
	flow.bodies().map((body) => (body as Submitted).overrides[6].inputs.text);

const prompt = (text: string) => ({ overrides: { '6': { inputs: { text } } } });

const ONE = { concurrency: 1 };

/** Three messages. RunComfy answers the question about the deployment of the first one only after `ms`, if at all. */
async function slowlyRead({ ms, first = prompt('first') }: { ms?: number; first?: object }) {
	const fields = { checkInputs: true };
	const flow = await start('runcomfy-run', fields, { config: ONE });
	const { cached, textToImage } = flow.simulator.deploymentIds;
	flow.simulator.inject({ name: 'stall', on: 'deployments.get', ...(ms ? { ms } : {}) });
	const release = flow.time.hold();
	flow.ask({ ...first, deploymentId: cached });
	await eventually(() => flow.simulator.count('deployments.get')).toBe(1);
	for (const text of ['second', 'third']) flow.ask({ ...prompt(text), deploymentId: textToImage });
	await eventually(() => flow.simulator.count('object_info')).toBe(1);
	await turns(50);
	return { flow, release };
}

describe('a message that takes longer to be read than those behind it', () => {
	it('goes first', async () => {
		const { flow, release } = await slowlyRead({ ms: 300 });
		release();
		await flow.ended(3);
		expect(submitted(flow)).toEqual(['first', 'second', 'third']);
	});

	it('holds them back for ten seconds only', async () => {
		const { flow, release } = await slowlyRead({});
		expect(submitted(flow)).toEqual([]);
		flow.time.elapse(9_000);
		await turns(50);
		expect(submitted(flow)).toEqual([]);
		flow.time.elapse(1_000);
		await eventually(() => submitted(flow)).toEqual(['second']);
		flow.receive({ cancel: 'all' });
		release();
		await flow.ended(3);
	});

	it('holds nobody back once it has failed', async () => {
		const { flow, release } = await slowlyRead({
			ms: 300,
			first: { overrides: { 99: { inputs: {} } } },
		});
		await flow.ended();
		expect(flow.caught).toHaveLength(1);
		release();
		await flow.ended(3);
		expect(submitted(flow)).toEqual(['second', 'third']);
	});
});
