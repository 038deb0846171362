// The same operations where there is nothing at the other end.
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { freePort } from '../../../scripts/free-port.mjs';
import { everythingOf, runNode } from '../../n8n/support/rig.mts';
import { OPERATIONS, TOKEN, useFrontedRig } from '../support/n8n.mts';

const rig = useFrontedRig();

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
