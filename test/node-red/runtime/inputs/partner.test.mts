// Workflows with partner nodes, through the nodes of Node-RED.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../../support/expect.mts';
import { type TestFlow, useFlows, useUserDir } from '../../support/rig.mts';

const start = useFlows();
const kept = useUserDir();
const KEY = 'comfyui-8d1f0a7b3c5e4f62';
const CHECKED = { checkInputs: true };

const extraDataSent = ({ simulator }: TestFlow) =>
	simulator.requests
		.filter(({ route }) => route === 'submit')
		.map(({ body }) => (body as Record<string, unknown>)['extra_data']);

async function ran(
	type: 'runcomfy-run' | 'runcomfy-submit',
	options: Parameters<typeof start>[2] & {
		deployment?: 'partner' | 'textToImage';
		msg?: object;
		fields?: object;
	} = {},
) {
	const { deployment = 'partner', msg, fields, ...more } = options;
	const flow = await start(type, { ...CHECKED, ...fields }, more);
	flow.receive({ deploymentId: flow.simulator.deploymentIds[deployment], ...msg } as never);
	await flow.ended();
	return flow;
}

describe.each(['runcomfy-run', 'runcomfy-submit'] as const)('%s', (type) => {
	it('refuses a workflow with partner nodes without a key, before the submit', async () => {
		const flow = await ran(type);
		expect(flow.caught[0]?.error).toMatchObject({
			code: 'invalid_input',
			message: expect.stringMatching(/5 · ByteDance Seedream.*platform\.comfy\.org/),
		});
		expect(extraDataSent(flow)).toEqual([]);
	});

	it('sends the key of the account', async () => {
		const flow = await ran(type, { credentials: { comfyOrgApiKey: KEY }, userDir: kept.userDir });
		expect(flow.caught).toEqual([]);
		expect(extraDataSent(flow)).toEqual([{ api_key_comfy_org: KEY }]);
		expect(JSON.stringify(flow.sent)).not.toContain(KEY);
	});

	it('keeps the key out of the journal, and sends it after a restart', async () => {
		const credentials = { comfyOrgApiKey: KEY };
		const fields = { ...CHECKED, onShutdown: 'leave' };
		const flow = await start(type, fields, { credentials, userDir: kept.userDir });
		flow.simulator.inject({ name: 'rate_limited', on: 'submit', retry_after: 60 });
		const release = flow.time.hold();
		flow.receive({ deploymentId: flow.simulator.deploymentIds.partner, note: KEY } as never);
		await eventually(() => flow.time.sleeping()).toBe(1);
		await flow.reborn(fields, () => {
			const journal = readFileSync(kept.journal, 'utf8');
			expect(journal).toContain(flow.simulator.deploymentIds.partner);
			expect(journal).not.toContain(KEY);
		});
		release();
		await flow.ended();
		expect(flow.caught).toEqual([]);
		expect(extraDataSent(flow).at(-1)).toEqual({ api_key_comfy_org: KEY });
		expect(flow.sent[0]).toMatchObject({ note: '[token]' });
	});

	it('leaves a key of the flow alone, and others without', async () => {
		const credentials = { comfyOrgApiKey: KEY };
		const own = { api_key_comfy_org: 'own' };
		const fields = { extraData: JSON.stringify(own), extraDataType: 'json' };
		expect(extraDataSent(await ran(type, { credentials, fields }))).toEqual([own]);
	});

	it('does not send it for a workflow without partner nodes', async () => {
		const flow = await ran(type, {
			credentials: { comfyOrgApiKey: KEY },
			deployment: 'textToImage',
		});
		expect(extraDataSent(flow)).toEqual([undefined]);
	});
});

it('an error that repeats the key is shown without it', async () => {
	const flow = await start('runcomfy-run', CHECKED, { credentials: { comfyOrgApiKey: KEY } });
	flow.simulator.inject({ name: 'run_failed', details: `Wrong key ${KEY}` });
	flow.receive({ deploymentId: flow.simulator.deploymentIds.partner });
	await flow.ended();
	const everything = JSON.stringify([flow.caught, flow.sent, flow.warned, flow.shown]);
	expect(everything).toContain('Wrong key [token]');
	expect(everything).not.toContain(KEY);
});

describe('a key out of the environment', () => {
	const credentials = { comfyOrgApiKey: '${RUNCOMFY_TEST_PARTNER_KEY}' };

	it('is taken from there', async () => {
		process.env['RUNCOMFY_TEST_PARTNER_KEY'] = KEY;
		try {
			const flow = await ran('runcomfy-run', { credentials });
			expect(extraDataSent(flow)).toEqual([{ api_key_comfy_org: KEY }]);
		} finally {
			delete process.env['RUNCOMFY_TEST_PARTNER_KEY'];
		}
	});

	it('that is not set is none, and is warned of', async () => {
		const flow = await ran('runcomfy-run', { credentials });
		expect(flow.caught[0]?.error.code).toBe('invalid_input');
		expect(flow.warnings('cfg')).toEqual([expect.stringContaining('RUNCOMFY_TEST_PARTNER_KEY')]);
	});

	it('that is not set keeps no other workflow from running', async () => {
		const flow = await ran('runcomfy-run', { credentials, deployment: 'textToImage' });
		expect(flow.caught).toEqual([]);
		expect(extraDataSent(flow)).toEqual([undefined]);
	});
});
