// What becomes of callbacks whose answers cross. How many looks they may cost is tested with Node-RED's.
import { describe, expect, it } from '@jest/globals';
import {
	createCallbackCheck,
	type News,
	type Reception,
	type ResultAnswer,
	type ResultState,
	RunComfyError,
} from '../../../core/index.ts';

const ref = { requestId: 'r', deploymentId: 'd' };
const answer = (status: ResultState): ResultAnswer => ({
	...{ request_id: 'r', deployment_id: 'd', status, raw: {} },
});

function open(receptions: Reception[] = []) {
	const known = new Set<string>();
	const seen = { taken: [] as string[], looks: 0, troubles: [] as string[] };
	const check = createCallbackCheck(known, () => 0);
	const call = (said: ResultState, look: () => ResultAnswer | Promise<ResultAnswer>) =>
		check(
			{ ref, said, query: {} },
			{
				intermediate: true,
				async lookUp() {
					seen.looks += 1;
					return look();
				},
				async take({ event }: News) {
					const reception = receptions.shift() ?? 'taken';
					if (reception === 'taken') seen.taken.push(event);
					return reception;
				},
				onTrouble: (_ref, { code }) => seen.troubles.push(code),
			},
		);
	return { call, known, seen };
}

describe('a callback', () => {
	it('that comes twice at the same time is looked up and taken once', async () => {
		const { call, seen } = open();
		const end = () => answer('succeeded');
		const both = [call('succeeded', end), call('succeeded', end)];
		expect(await Promise.all(both)).toEqual([200, 200]);
		expect(seen).toMatchObject({ taken: ['r'], looks: 1 });
	});

	it('is repeated by RunComfy until it is taken', async () => {
		const { call, known, seen } = open(['again', 'others', 'taken']);
		const end = () => answer('succeeded');
		expect(await call('succeeded', end)).toBe(503);
		expect(await call('succeeded', end)).toBe(200);
		expect([...known]).toEqual([]);
		expect(await call('succeeded', end)).toBe(200);
		expect(await call('succeeded', end)).toBe(200);
		expect(seen).toMatchObject({ taken: ['r'], looks: 3 });
	});

	it('of a state before the end is one event, and none any more after the end', async () => {
		const { call, seen } = open();
		expect(await call('in_progress', () => answer('in_progress'))).toBe(200);
		expect(await call('in_progress', () => answer('in_progress'))).toBe(200);
		expect(await call('in_queue', () => answer('failed'))).toBe(200);
		expect(await call('in_progress', () => answer('in_progress'))).toBe(200);
		expect(seen).toMatchObject({ taken: ['r in_progress', 'r'], looks: 3 });
	});

	it('of an end that is not there yet is to be repeated', async () => {
		const { call, seen } = open();
		expect(await call('succeeded', () => answer('in_progress'))).toBe(503);
		expect(await call('unknown', () => answer('unknown'))).toBe(503);
		expect(seen.taken).toEqual([]);
	});

	it('whose receiver throws is to be repeated, and told then', async () => {
		const { call, seen } = open();
		const broken = () => Promise.reject(new RunComfyError('service_unavailable', 'away'));
		expect(await call('succeeded', broken)).toBe(503);
		expect(await call('succeeded', () => answer('succeeded'))).toBe(200);
		expect(seen).toMatchObject({ taken: ['r'], troubles: ['service_unavailable'] });
	});
});
