import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { freePort } from '../../../scripts/free-port.mjs';
import type { Outcome } from '../../../scripts/hosts/n8n-engine.mjs';
import { everythingOf, runNode } from '../../n8n/support/rig.mts';
import type { Fault } from '../support/fault.mts';
import { type Operation, OPERATIONS, TOKEN, useFrontedRig } from '../support/n8n.mts';
import { rightOf } from '../support/right.mts';
import { wireFaultsFor } from '../support/wire.mts';

const rig = useFrontedRig();

const LIMIT_MS = 100;

beforeEach(() => void jest.spyOn(Math, 'random').mockReturnValue(0));

afterEach(() => {
	rig.front.disarm();
	expect('polluted' in {}).toBe(false);
});

/** Answers that are right for one operation alone: no deployments, and half of nothing. */
const RIGHT_HERE: Record<string, string> = {
	'deployments list': 'an empty list',
	'deployments delete': 'half of the JSON',
};

function limitTime(): void {
	const { timeout } = AbortSignal;
	jest
		.spyOn(AbortSignal, 'timeout')
		.mockImplementation((ms) => timeout.call(AbortSignal, Math.min(ms, LIMIT_MS)));
}

function codeOf({ status, error, items }: Outcome): unknown {
	if (status !== 'success') return error?.context?.data?.['error_code'];
	const [item] = items('Step 1');
	const warnings = item?.json['warnings'] as unknown[] | undefined;
	return warnings && warnings.length > 0 ? 'note' : 'ok';
}

async function strike(name: string, operation: Operation, fault: Fault): Promise<void> {
	const { simulator, front } = rig;
	const parameters = await operation.parameters(rig);
	const paidBefore = simulator.jobs.size;
	front.arm(operation.at, fault);
	if (fault.kind === 'silent') limitTime();
	const outcome = await runNode(rig, parameters);
	jest.mocked(AbortSignal.timeout).mockRestore?.();
	front.disarm();

	const right =
		RIGHT_HERE[name] === fault.name
			? rightOf('read', 'harmless')
			: rightOf(operation.group, fault.kind);
	const noted = operation.group === 'download' && right.code !== 'ok';
	expect(codeOf(outcome)).toBe(noted ? 'note' : right.code);
	// A tenth of a second may pass before the call leaves.
	if (fault.kind !== 'silent' && !fault.kind.startsWith('redirect') && !noted) {
		expect(front.hits).toBe(right.sends);
	}
	expect(simulator.jobs.size - paidBefore).toBeLessThanOrEqual(1);
	if (outcome.error && operation.ofRequest) {
		expect(outcome.error.context?.data?.['request_id']).toMatch(/^[\da-f-]{36}$/);
	}
	expect(everythingOf(outcome)).not.toContain(TOKEN);

	const next = await runNode(rig, await operation.parameters(rig));
	expect(next.error?.message).toBeUndefined();
	expect(codeOf(next)).toBe('ok');
}

describe('n8n engine', () => {
	describe.each(Object.entries(OPERATIONS))('%s', (name, operation) => {
		const faults = wireFaultsFor(name, operation.group);
		it.each(faults.map((fault) => [fault.name, fault] as const))('%s', (_, fault) =>
			strike(name, operation, fault),
		);
	});
});

beforeEach(() => void jest.spyOn(Math, 'random').mockReturnValue(0));

const NOWHERE: Record<string, () => Promise<string>> = {
	// RFC 6761: a name that never is one.
	'DNS failure': () => Promise.resolve('https://runcomfy.invalid'),
	'connection refused': async () => `http://127.0.0.1:${await freePort()}`,
};

describe('n8n engine', () => {
	const own = Object.entries(OPERATIONS).filter(
		([name]) => name !== 'object_info' && name !== 'download',
	);
	describe.each(own)('%s', (_name, operation) => {
		it.each(Object.entries(NOWHERE))('%s', async (_, address) => {
			const { credential, front } = rig;
			const parameters = await operation.parameters(rig);
			credential['baseUrl'] = await address();
			const outcome = await runNode(rig, parameters);
			const data = outcome.error?.context?.data;
			expect(data?.['error_code']).toBe('service_unavailable');
			expect(data?.['error_details']).toMatchObject({
				network_code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED)$/),
			});
			if (operation.ofRequest) expect(data?.['request_id']).toMatch(/^[\da-f-]{36}$/);
			expect(everythingOf(outcome)).not.toContain(TOKEN);
			credential['baseUrl'] = front.url;
			const next = await runNode(rig, await operation.parameters(rig));
			expect([next.error?.message, next.status]).toEqual([undefined, 'success']);
		});
	});
});
