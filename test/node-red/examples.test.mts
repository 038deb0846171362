// The larger examples, run in a real Node-RED: each does what its comment says.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/expect.mts';
import { useExampleRig } from './support/exampleRig.mts';

const rig = useExampleRig();
const submits = () => rig.simulator.requests.filter(({ route }) => route === 'submit');

describe('http-api', () => {
	const get = (query: string) => fetch(`${rig.nodeRed.url}/picture${query}`);
	// The route is there once the flows have started.
	const answered = async (query: string) => {
		await eventually(async () => (await get('?probe')).status).not.toBe(404);
		return get(query);
	};

	it('answers with the picture of the prompt', async () => {
		await rig.open('http-api');
		const answer = await answered('?prompt=a+blue+whale');
		expect(answer.status).toBe(200);
		expect(answer.headers.get('content-type')).toContain('image/png');
		const bytes = Buffer.from(await answer.arrayBuffer());
		expect(bytes.subarray(1, 4).toString()).toBe('PNG');
		expect([...rig.simulator.jobs.values()].at(-1)?.graph['6']?.inputs['text']).toBe(
			'a blue whale',
		);
	});

	it('answers with the code and a status where it fails', async () => {
		const { deploymentIds } = rig.simulator;
		await rig.open('http-api', ({ type }) =>
			type === 'runcomfy-run' ? { deploymentId: deploymentIds.noFunds } : {},
		);
		const answer = await answered('?prompt=x');
		expect(answer.status).toBe(502);
		expect(await answer.json()).toMatchObject({ code: 'insufficient_funds' });
	});
});

describe('latest-wins', () => {
	it('cancels what a newer prompt replaces, and shows the last one', async () => {
		rig.simulator.update({ latencyMs: 1_500 });
		const flow = await rig.open('latest-wins');
		for (const name of ['a red bicycle', 'a blue bicycle', 'a green bicycle']) {
			await rig.inject(flow, name);
			await eventually(() =>
				submits().some(({ body }) => JSON.stringify(body).includes(name)),
			).toBe(true);
		}
		await rig.prints(/\[debug:picture\]/);
		expect(rig.printed().filter((line) => line.includes('[debug:superseded]'))).toHaveLength(2);
		expect([...rig.simulator.jobs.values()].slice(-3).map(({ state }) => state)).toEqual([
			...['canceled', 'canceled'],
			'succeeded',
		]);
	});
});

describe('batch-with-join', () => {
	it('gives all results in one message, in their order', async () => {
		const flow = await rig.open('batch-with-join');
		await rig.inject(flow);
		await rig.prints(/\[debug:all results\]/);
		expect(submits()).toHaveLength(3);
	});

	it('also where one of them fails', async () => {
		rig.simulator.inject({ name: 'gateway_402', on: 'submit', times: 1 });
		const flow = await rig.open('batch-with-join');
		await rig.inject(flow);
		await rig.prints(/\[debug:all results\][\s\S]*error: 'insufficient_funds'/);
	});
});

describe('chain-two-deployments', () => {
	it('hands the address of the first picture to the second deployment', async () => {
		const { textToImage, imageEdit } = rig.simulator.deploymentIds;
		const flow = await rig.open('chain-two-deployments', ({ name }) =>
			name === 'edit' ? { deploymentId: imageEdit } : {},
		);
		await rig.inject(flow);
		await rig.prints(/\[debug:saved files\]/);
		expect(submits().map(({ deploymentId }) => deploymentId)).toEqual([textToImage, imageEdit]);
		expect(JSON.stringify(submits()[1]?.body)).toMatch(/"image":"http[^"]+\.png/);
		expect(readdirSync(join(rig.userDir, 'runcomfy-images'))).toHaveLength(1);
	});
});

describe('errors-by-code', () => {
	it('waits on for a run that took too long, and does not pay again', async () => {
		rig.simulator.update({ latencyMs: 2_000 });
		const flow = await rig.open('errors-by-code', ({ type }) =>
			type === 'runcomfy-run' ? { timeout: '1' } : {},
		);
		await rig.inject(flow);
		await rig.prints(/\[debug:files\]/);
		expect(submits()).toHaveLength(1);
	});

	it('tries again where nothing was submitted', async () => {
		rig.simulator.inject({ name: 'rate_limited', on: 'submit', retry_after: 3_600 });
		const flow = await rig.open('errors-by-code');
		await rig.inject(flow);
		await rig.prints(/\[debug:(files|look at RunComfy first|error)\]/);
		expect(rig.printed().join('\n')).toContain('[debug:files]');
	});

	it('waits on for a run that was accepted, where RunComfy is out of reach for a while', async () => {
		rig.simulator.update({ latencyMs: 1_000 });
		rig.simulator.inject({ name: 'rate_limited', on: 'status', retry_after: 3_600 });
		const flow = await rig.open('errors-by-code');
		await rig.inject(flow);
		await rig.prints(/\[debug:files\]/);
		expect(submits()).toHaveLength(1);
	});

	it('asks to look where a submit was not confirmed', async () => {
		rig.simulator.inject({ name: 'reset_after_accept', on: 'submit', times: 1 });
		const flow = await rig.open('errors-by-code');
		await rig.inject(flow);
		await rig.prints(/\[debug:look at RunComfy first\][\s\S]*submit_unconfirmed/);
		expect(submits()).toHaveLength(1);
	});
});

describe('machines-in-the-morning', () => {
	it('makes a machine ready, and idle again', async () => {
		const flow = await rig.open('machines-in-the-morning');
		await rig.inject(flow, 'morning');
		await rig.prints(/\[debug:as it is now\][\s\S]*min_instances: 1/);
		await rig.inject(flow, 'evening');
		await rig.prints(/\[debug:as it is now\][\s\S]*min_instances: 0/);
		await rig.inject(flow, 'all');
		await rig.prints(/\[debug:deployments\]/);
		const changed = rig.simulator.requests.filter(({ route }) => route === 'deployments.update');
		expect(changed.map(({ body }) => body)).toMatchObject([
			{ min_instances: 1 },
			{ min_instances: 0 },
		]);
	});
});

describe('deployment-for-a-while', () => {
	it('creates a deployment, runs it, and deletes it', async () => {
		const flow = await rig.open('deployment-for-a-while', ({ name }) =>
			name === 'create it' ? { workflowId: '7f2ebf4d-0000-4000-8000-000000000001' } : {},
		);
		await rig.inject(flow, 'create');
		await rig.prints(/\[debug:created\][\s\S]*name: 'For a while'/);
		await rig.inject(flow, 'run');
		await rig.prints(/\[debug:files\][\s\S]*url:/);
		await rig.inject(flow, 'delete');
		await rig.prints(/\[debug:deleted\][\s\S]*deleted: true/);
		const { requests } = rig.simulator;
		expect(
			requests.filter(({ route }) => /^deployments\.(create|delete)$/.test(route)),
		).toHaveLength(2);
	});
});

describe('webhook', () => {
	it('goes on at once, and sends the files when RunComfy calls back', async () => {
		rig.simulator.update({ latencyMs: 300 });
		const flow = await rig.open('webhook');
		await rig.inject(flow);
		await rig.prints(/\[debug:accepted\][\s\S]*\[debug:files\][\s\S]*mime_type: 'image\/png'/);
		await rig.prints(/\[debug:user\]\s*7/);
		expect(rig.simulator.requests.filter(({ route }) => route === 'status')).toEqual([]);
	});
});
