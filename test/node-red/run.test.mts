import { afterEach, beforeAll, afterAll, describe, expect, it } from 'vitest';
import helper from 'node-red-node-test-helper';
import { startFlow, type TestFlow } from './support/flow.mts';

let flow: TestFlow;
beforeAll(() => helper.startServer());
afterAll(() => helper.stopServer());
afterEach(() => flow.stop());

describe('runcomfy-run', () => {
	it('submits, waits and gives the files, keeping what came with the message', async () => {
		flow = await startFlow('runcomfy-run', {});
		flow.receive({
			topic: 'fox',
			deploymentId: flow.simulator.deploymentIds.textToImage,
			overrides: { 6: { inputs: { text: 'a red fox' } } },
		});
		await flow.ended();
		expect(flow.caught).toEqual([]);
		expect(flow.sent).toHaveLength(1);
		expect(flow.completed).toHaveLength(1);
		const [msg] = flow.sent;
		expect(msg).toMatchObject({ topic: 'fox', status: 'succeeded' });
		expect(msg?.payload).toMatchObject([{ filename: 'ComfyUI_00001_.png', kind: 'image' }]);
	});
});
