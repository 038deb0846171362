// Each node on its own, with the simulator.
import { describe, expect, it } from '@jest/globals';
import type { Host } from '../../../../core/index.ts';
import { submitted, useFlows } from '../../support/rig.mts';

const start = useFlows();

describe('runcomfy-run', () => {
	it('submits once, waits and gives the files; what came with the message stays', async () => {
		const flow = await start('runcomfy-run');
		const { textToImage: deploymentId } = flow.simulator.deploymentIds;
		const req = { url: '/picture' };
		flow.ask({
			topic: 'fox',
			parts: { id: 'a', index: 0 },
			req,
			overrides: { 6: { inputs: { text: 'a red fox' } } },
		});
		await flow.ended();

		expect(flow.caught).toEqual([]);
		expect(flow.sent).toHaveLength(1);
		expect(flow.completed).toHaveLength(1);
		const [msg] = flow.sent;
		expect(msg).toMatchObject({
			topic: 'fox',
			parts: { id: 'a' },
			status: 'succeeded',
			deploymentId,
		});
		expect(msg?.['req']).toBe(req);
		expect(msg?.payload).toMatchObject([{ filename: 'ComfyUI_00001_.png', kind: 'image' }]);
		const runcomfy = msg?.['runcomfy'] as Record<string, unknown>;
		expect(runcomfy).toMatchObject({
			texts: [],
			warnings: [],
			result: { status: 'succeeded' },
			timings: { status_calls: expect.any(Number) },
		});
		expect(runcomfy['files']).toEqual(msg?.payload);
		expect(flow.simulator.count('submit')).toBe(1);
		expect([...flow.simulator.jobs.keys()]).toEqual([msg?.['requestId']]);
		expect([...flow.simulator.jobs.values()][0]?.graph['6']?.inputs['text']).toBe('a red fox');
	});
});

it.each(['runcomfy-run', 'runcomfy-submit'] as const)(
	'%s tells once what ComfyUI left out as it took the request, in the log and in the message',
	async (type) => {
		const told = { node_errors: { 6: { errors: [], dependent_outputs: ['9'] } } };
		const hostOf = (host: Host): Host => ({
			...host,
			async request(request) {
				const answer = await host.request(request);
				if (!new URL(request.url).pathname.endsWith('/inference')) return answer;
				return { ...answer, body: JSON.stringify({ ...JSON.parse(answer.body!), ...told }) };
			},
		});
		const flow = await start(type, {}, { hostOf });
		flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage });
		await flow.ended();
		const warnings = ['ComfyUI left out the output of node 9.'];
		expect(flow.sent[0]).toMatchObject({ runcomfy: { warnings } });
		expect(flow.warned).toEqual(warnings);
	},
);

describe('runcomfy-submit', () => {
	it('goes on with the request id and leaves the request running', async () => {
		const flow = await start('runcomfy-submit');
		const deploymentId = flow.simulator.deploymentIds.video;
		flow.receive({ deploymentId });
		await flow.ended();
		const [requestId] = [...flow.simulator.jobs.keys()];
		expect(flow.sent).toMatchObject([
			{
				requestId,
				deploymentId,
				status: 'in_queue',
				payload: { request_id: requestId, deployment_id: deploymentId, status: 'in_queue' },
			},
		]);
		expect(flow.simulator.count('status')).toBe(0);
	});
});

describe('runcomfy-status', () => {
	it('tells where the request stands', async () => {
		const flow = await start('runcomfy-status', {}, { simulator: { queueMs: 60_000 } });
		const ref = await submitted(flow);
		flow.receive({ ...ref });
		await flow.ended();
		expect(flow.sent).toMatchObject([
			{
				...ref,
				status: 'in_queue',
				payload: {
					request_id: ref.requestId,
					status: 'in_queue',
					queue_position: expect.any(Number),
				},
				runcomfy: { raw: { request_id: ref.requestId } },
			},
		]);
		expect(flow.sent[0]?.payload).not.toHaveProperty('raw');
	});
});
