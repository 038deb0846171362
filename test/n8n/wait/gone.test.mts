// What is needed to go on is gone when n8n comes back: each ends with the ids of what was paid for.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { useSmallN8n } from '../support/parked.mts';
import { codeOf, paidIn, runAndWait } from '../support/paying.mts';
import { byId, copyOf, countOf, useRig, workflowOf } from '../support/rig.mts';

let aheadMs = 0;
const rig = useRig({ now: () => Date.now() + aheadMs });
const n8n = useSmallN8n(rig);
/** Of a length that no test waits for. */
const LONG_MS = 3_600_000;

let deploymentId = '';
beforeEach(async () => {
	deploymentId = await copyOf(rig);
	rig.simulator.update({ latencyMs: LONG_MS });
});

/** Parked, with what is left of a timeout that ends before a refused token would be asked again. */
async function parked() {
	const options = { timeout: 7 };
	const parameters = runAndWait(rig, { deploymentId: byId(deploymentId), options });
	const { id, until } = n8n.start(workflowOf({ parameters }));
	await until('waiting');
	await n8n.restart();
	aheadMs += LONG_MS;
	return { id, until };
}

async function deleteDeployment() {
	const { url, token } = rig.simulator;
	const headers = { authorization: `Bearer ${token}` };
	const path = `/prod/v2/deployments/${deploymentId}`;
	expect((await fetch(url + path, { method: 'DELETE', headers })).ok).toBe(true);
}

const GONE: Array<[what: string, code: string, () => unknown]> = [
	['the token was replaced', 'auth_failed', () => (rig.credential['apiToken'] = 'another')],
	['the credential has no token', 'auth_failed', () => (rig.credential['apiToken'] = '')],
	[
		'the credential was deleted',
		'invalid_input',
		() => {
			for (const name of Object.keys(rig.credential)) delete rig.credential[name];
		},
	],
	[
		'the credential names no address',
		'invalid_input',
		() => (rig.credential['baseUrl'] = 'no address'),
	],
	[
		'RunComfy knows the request no longer',
		'timed_out',
		() => {
			for (const on of ['status', 'result'] as const)
				rig.simulator.inject({ name: 'not_found', on, times: 1_000 });
		},
	],
];

describe('an execution that goes on after', () => {
	it.each(GONE)('%s ends with %s and names its request', async (_what, code, change) => {
		const { id, until } = await parked();
		await change();
		await n8n.timer(id);
		const done = await until();
		expect([done.status, codeOf(done as never)]).toEqual(['error', code]);
		expect(`${done.error?.message} ${done.error?.description}`).toContain(paidIn(rig)[0]);
		expect(countOf(rig, 'submit')).toBe(1);
	});

	it.each(GONE)(
		'%s takes up what was paid for in a retry once that is fixed',
		async (_what, _code, change) => {
			const { id, until } = await parked();
			await change();
			await n8n.timer(id);
			await until();
			rig.simulator.clearFaults();
			const { url, token } = rig.simulator;
			Object.assign(rig.credential, { apiToken: token, baseUrl: url, apiVersion: 'v1' });
			const done = await n8n.retry(id).until();
			expect(done.error?.message).toBeUndefined();
			expect(done.items('Step 1')[0]?.json['request_id']).toBe(paidIn(rig)[0]);
			expect(countOf(rig, 'submit')).toBe(1);
		},
	);

	it('the deployment was deleted gives the result that RunComfy still has', async () => {
		const { id, until } = await parked();
		await deleteDeployment();
		await n8n.timer(id);
		const done = await until();
		expect(done.items('Step 1')[0]?.json).toMatchObject({
			request_id: paidIn(rig)[0],
			status: 'succeeded',
		});
	});
});
