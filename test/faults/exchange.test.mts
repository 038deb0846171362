// Each call of the core × each way in which one exchange can fail, once and permanently. Also: the request ids that a
// submit may return, which must be safe in a path.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CODES, getStatus, RunComfyError } from '../../core/index';
import { submit } from '../../core/request/submit';
import { clientOf, json } from '../core/support/virtualHost.mts';
import { type Endpoint, ENDPOINTS } from './support/endpoints.mts';
import { type Fault, FAULTS } from './support/faults.mts';
import { type Group, type Right, rightOf } from './support/right.mts';
import { type Service, startService, TOKEN } from './support/service.mts';

// With the longest possible pauses, so that an end in time does not depend on luck.
beforeEach(() => void jest.spyOn(Math, 'random').mockReturnValue(1));

// No name in an answer may become a property of every object.
afterEach(() => expect('polluted' in {}).toBe(false));

function cellOf(name: string, { group }: Endpoint, fault: Fault): Right {
	const isRight = name === 'deployments list' && fault.name === 'an empty list';
	return isRight ? { code: 'ok', sends: 1 } : rightOf(group, fault.kind);
}

interface Ended {
	code: string;
	error: RunComfyError | undefined;
	sends: number;
	ms: number;
}

async function callOnce(service: Service, endpoint: Endpoint): Promise<Ended> {
	const [before, begun] = [service.sent(endpoint), service.clock.now()];
	const end = (code: string, error?: RunComfyError) => ({
		code,
		error,
		sends: service.sent(endpoint) - before,
		ms: service.clock.now() - begun,
	});
	return endpoint.call(service.client).then(
		(value) => end(value === 'note' ? 'note' : 'ok'),
		(thrown: unknown) => {
			if (!(thrown instanceof RunComfyError)) throw thrown;
			return end(thrown.code, thrown);
		},
	);
}

/** Time limit for one attempt, in milliseconds. */
const ATTEMPT_MS: Partial<Record<Group, number>> = {
	paid: 121_000,
	object_info: 30_000,
};

/** The longest total time for this many attempts and the pauses between them, in milliseconds. */
function longestMs(endpoint: Endpoint, { waitMs = 0 }: Fault, sends: number): number {
	const { group, attemptMs = ATTEMPT_MS[group] ?? 60_000 } = endpoint;
	const baseMs = group === 'paid' ? 1_000 : 500;
	const pausesMs = Math.max(baseMs * (2 ** (sends - 1) - 1), (sends - 1) * (waitMs + baseMs));
	return sends * (attemptMs + 100) + pausesMs;
}

function expectWhole({ error }: Ended, { names }: Endpoint): void {
	if (!error) return;
	expect(error).toMatchObject(names);
	expect(Object.keys(CODES)).toContain(error.code);
	expect(error.message).toMatch(/\S/);
	expect(error.hint).toMatch(/\S/);
	expect(error.message.length).toBeLessThan(1_000);
	const written = JSON.stringify(error) + error.stack;
	expect(written).not.toContain(TOKEN);
	if (error.code === 'submit_unconfirmed') expect(error.retryable).toBe(false);
}

describe.each(Object.entries(ENDPOINTS))('%s', (name, endpoint) => {
	const streams = endpoint.group === 'download' || endpoint.group === 'object_info';
	const faults = FAULTS.filter(({ apiOnly, streamOnly }) =>
		streams ? !(apiOnly && endpoint.group === 'download') : !streamOnly,
	);

	it.each(faults)('$name, for good', async (fault) => {
		const service = startService();
		service.arm(endpoint, fault, Infinity);
		const right = cellOf(name, endpoint, fault);
		const ended = await callOnce(service, endpoint);
		expect(ended.code).toBe(right.code);
		if (!fault.kind.startsWith('redirect')) expect(ended.sends).toBe(right.sends);
		if (fault.kind !== 'slow' || right.code !== 'ok')
			expect(ended.ms).toBeLessThanOrEqual(longestMs(endpoint, fault, ended.sends));
		expect(ended.ms).toBeGreaterThanOrEqual((ended.sends - 1) * (fault.waitMs ?? 0));
		expectWhole(ended, endpoint);
		expect(service.leaked()).toEqual([]);
		service.arm(endpoint, fault, 0);
		expect(await callOnce(service, endpoint)).toMatchObject({ code: 'ok', sends: 1 });
	});

	// The second redirect back to the same address counts as none.
	const once = faults.filter(({ name }) => !(streams && name === '302 to itself'));
	it.each(once)('$name, once', async (fault) => {
		const service = startService();
		service.arm(endpoint, fault, 1);
		const right = cellOf(name, endpoint, fault);
		const ended = await callOnce(service, endpoint);
		const again = right.sends > 1;
		expect(ended.code).toBe(again ? 'ok' : right.code);
		if (!fault.kind.startsWith('redirect')) expect(ended.sends).toBe(again ? 2 : 1);
		expectWhole(ended, endpoint);
		expect(await callOnce(service, endpoint)).toMatchObject({ code: 'ok', sends: 1 });
	});
});

const DEPLOYMENT = { deploymentId: 'dep-1' };

/** As JSON. */
const USABLE: Array<[given: string, id: string]> = [
	['" req-1\\n"', 'req-1'],
	['0', '0'],
	['-7', '-7'],
	['12345678901234567890', '12345678901234567890'],
	['"a&b=c;d"', 'a&b=c;d'],
	['"ключ-1"', 'ключ-1'],
	[`"${'x'.repeat(200)}"`, 'x'.repeat(200)],
];

const UNUSABLE = ['null', 'true', '"  "', '{"id":"req-1"}', '["req-1"]', '"../evil"', '".."'];

const answer = (id: string | undefined, more = '') =>
	`{${id === undefined ? '' : `"request_id":${id},`}"x":1${more}}`;

describe('submit', () => {
	it.each(USABLE)('a request with the id %s', async (given, id) => {
		const { client, host } = clientOf(({ leaf }) =>
			leaf === 'status' ? json({ status: 'in_queue' }) : { body: answer(given) },
		);
		expect(await submit(client, DEPLOYMENT)).toMatchObject({ request_id: id });
		await getStatus(client, { ...DEPLOYMENT, requestId: id });
		const path = `/prod/v1/deployments/dep-1/requests/${encodeURIComponent(id)}/status`;
		expect(host.calls.map((call) => call.path)).toEqual([expect.any(String), path]);
	});

	it.each([undefined, ...UNUSABLE])('no request by the id %s', async (given) => {
		const { client, host } = clientOf({ body: answer(given) });
		await expect(submit(client, DEPLOYMENT)).rejects.toMatchObject({
			code: 'submit_unconfirmed',
			requestId: undefined,
			retryable: false,
			...DEPLOYMENT,
			message: expect.stringMatching(/holds no request id( that can be one: it has .+)?$/),
		});
		expect(host.calls).toHaveLength(1);
	});

	it.each([undefined, ...UNUSABLE])('an error beside what is no id: %s', async (given) => {
		const { client, host } = clientOf({ body: answer(given, ',"error_code":10002') });
		const error: unknown = await submit(client, DEPLOYMENT).catch((thrown: unknown) => thrown);
		expect(error).toMatchObject({ code: 'deployment_disabled', requestId: undefined });
		expect(host.calls).toHaveLength(1);
	});
});
