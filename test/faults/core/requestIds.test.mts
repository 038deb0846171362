// What a submit may name its request: only what can stand in a path is an id.
import { describe, expect, it } from '@jest/globals';
import { getStatus, submit } from '../../../core/index';
import { clientOf, json } from '../../core/support/virtualHost.mts';

const DEPLOYMENT = { deploymentId: 'dep-1' };

/** As JSON. */
const USABLE: Array<[given: string, id: string]> = [
	['"req-1"', 'req-1'],
	['" req-1\\n"', 'req-1'],
	['0', '0'],
	['12345', '12345'],
	['-7', '-7'],
	['1.5', '1.5'],
	['12345678901234567890', '12345678901234567890'],
	['"__proto__"', '__proto__'],
	['"constructor"', 'constructor'],
	['"<b>"', '<b>'],
	['"a&b=c;d"', 'a&b=c;d'],
	['"ключ-1"', 'ключ-1'],
	[`"${'x'.repeat(200)}"`, 'x'.repeat(200)],
];

const UNUSABLE: string[] = [
	...['null', 'true', '""', '"  "', '{}', '{"id":"req-1"}', '[]', '["req-1"]'],
	...['"../evil"', '"a/b"', '"a\\\\b"', '"a?b"', '"a#b"', '"a b"', '"%2e%2e"', '".."', '"."'],
	...['"a\\r\\nb"', '"a\\u0000b"', '"a\\u202eb"', `"${'x'.repeat(201)}"`],
];

const answer = (id: string | undefined, more = '') =>
	`{${id === undefined ? '' : `"request_id":${id},`}"x":1${more}}`;

describe('core', () => {
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

		it.each(USABLE)('an error beside the id %s', async (given, id) => {
			const { client, host } = clientOf({ status: 500, body: answer(given) });
			await expect(submit(client, DEPLOYMENT)).rejects.toMatchObject({
				...{ code: 'submit_unconfirmed', requestId: id, ...DEPLOYMENT },
			});
			expect(host.calls).toHaveLength(1);
		});

		it.each([undefined, ...UNUSABLE])('no request by the id %s', async (given) => {
			const { client, host } = clientOf({ body: answer(given) });
			await expect(submit(client, DEPLOYMENT)).rejects.toMatchObject({
				...{ code: 'submit_unconfirmed', requestId: undefined, retryable: false, ...DEPLOYMENT },
				message: expect.stringContaining('holds no request id'),
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
});
