// The order of submits: that of the messages' arrival, whatever happens to their nodes.
import { describe, expect, it } from '@jest/globals';
import { eventually, waitUntil } from '../../../support/expect.mts';
import { running, type TestFlow, turns, useFlows, useUserDir } from '../../support/rig.mts';

const start = useFlows();
const kept = useUserDir();

interface Submitted {
	overrides: { 6: { inputs: { text: string } } };
}

/** The prompts in the order in which RunComfy received them. */
const submitted = (flow: TestFlow) =>
	flow.bodies().map((body) => (body as Submitted).overrides[6].inputs.text);

const prompt = (text: string) => ({ overrides: { '6': { inputs: { text } } } });

const ONE = { concurrency: 1 };

/** Thirty waiting messages of two nodes in mixed order, while one is at RunComfy. */
async function queued() {
	const behind = { id: 'm', type: 'runcomfy-run', config: 'cfg', wires: [['sent']] };
	const flow = await start(
		'runcomfy-run',
		{},
		{
			userDir: kept.userDir,
			config: ONE,
			nodes: [behind],
			simulator: { latencyMs: 600_000 },
		},
	);
	const release = await running(flow, 1, () => flow.ask(prompt('first')));
	const texts = Array.from({ length: 30 }, (_, at) => `message ${at}`);
	texts.forEach((text, at) => flow.ask(prompt(text), at % 3 === 0 ? 'm' : 'n'));
	await turns(100);
	return { flow, release, texts: ['first', ...texts] };
}

describe('what waits', () => {
	it.each<[string, (flow: TestFlow) => Promise<void>]>([
		['after a deploy', (flow) => flow.redeploy('full')],
		['after a deploy of changed nodes', (flow) => flow.redeploy('nodes', { name: 'changed' })],
	])('goes in order of arrival, whichever node it is of, %s (P50)', async (_when, begin) => {
		const { flow, release, texts } = await queued();
		await begin(flow);
		flow.simulator.update({ latencyMs: 0 });
		release();
		for (const text of ['later', 'last']) flow.ask(prompt(text));
		await waitUntil(() => submitted(flow).length === texts.length + 2);
		expect(submitted(flow)).toEqual([...texts, 'later', 'last']);
		await eventually(() => flow.sent.length).toBe(texts.length + 2);
	});
});
