// What is not known is refused by its name, with what would have been right.
import { describe, expect, it } from '@jest/globals';
import { createSimulator, DEPLOYMENT_IDS, start } from './support.mts';

describe('inject refuses', () => {
	it.each([
		['a fault', { name: 'nope' }, 'Unknown fault "nope". Known: rate_limited, '],
		['a fault', { name: 'cancelFamily' }, 'Did you mean "cancel_family"?'],
		['a parameter', { name: 'cancel_slow', mss: 3 }, '"mss". Did you mean "ms"? Known: ms, times'],
		['a parameter', { name: 'reset', deploymentId: 'x' }, 'Did you mean "deployment_id"?'],
		['a route', { name: 'reset', on: 'nowhere' }, 'Unknown route "nowhere". Known: *, '],
		['a route', { name: 'reset', on: ['status', 'cancell'] }, 'Did you mean "cancel"?'],
		['a deployment', { name: 'reset', deployment_id: 'x' }, 'reset: Unknown deployment "x". Known'],
		['a number', { name: 'cancel_slow', ms: '9 s' }, '"ms" must be a number ≥ 0, not 9 s'],
		['a count', { name: 'reset', times: NaN }, '"times" must be a number ≥ 0'],
		['a word', { name: 'cancel_family', family: 'both' }, 'must be one of outcome, status'],
		['a flag', { name: 'stall', accepted: 'yes' }, '"accepted" must be true or false'],
	])('%s: %j', async (_what, fault, reason) => {
		const { sim, call } = await start();
		expect(() => sim.inject(fault as never)).toThrow(reason);
		expect((await call('GET', '/prod/v2/balance')).status).toBe(200);
	});

	it('and takes what fits, undefined included', async () => {
		const { sim, call, submit } = await start();
		sim.inject({
			name: 'server_error',
			status: undefined,
			retry_after: '3',
			on: 'submit',
		} as never);
		sim.inject({ name: 'reset', deployment_id: DEPLOYMENT_IDS.audio, times: Infinity });
		expect((await call('GET', '/prod/v2/balance')).status).toBe(200);
		expect((await submit('text')).headers.get('retry-after')).toBe('3');
	});

	it('a deployment that was created by a call is known', async () => {
		const { sim, call } = await start();
		const { json } = await call('GET', `/prod/v2/deployments/${DEPLOYMENT_IDS.audio}`);
		const { json: made } = await call('POST', '/prod/v2/deployments', { ...json, name: 'mine' });
		sim.inject({ name: 'server_error', deployment_id: String(made['id']) });
		expect((await call('GET', `/prod/v2/deployments/${String(made['id'])}`)).status).toBe(500);
	});
});

describe('an option', () => {
	it.each([
		[{ latencyms: 3 }, 'Unknown option "latencyms". Did you mean "latencyMs"?'],
		[{ latencyMs: '3' }, 'The option "latencyMs" must be a number ≥ 0, not 3.'],
		[{ latencyMs: NaN }, '"latencyMs" must be a number ≥ 0, not NaN.'],
		[{ now: 3 }, '"now" must be a function, not 3.'],
		[{ faults: 'reset' }, '"faults" must be a list, not reset.'],
	])('%j is refused', async (options, reason) => {
		await expect(createSimulator(options as never)).rejects.toThrow(reason);
	});

	it('is checked while it runs, too', async () => {
		const { sim } = await start();
		expect(() => sim.update({ port: 3 } as never)).toThrow('Unknown option "port"');
		sim.update({ latencyMs: 5 });
	});
});
