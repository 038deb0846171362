import { describe, expect, it } from '@jest/globals';
import { loadWorkflow } from '../../../core/index';
import { clientOf, failure } from '../support/virtualHost.mts';
import { OBJECT_INFO } from '../support/workflowGraphs.mts';
import { DEPLOYMENT, service } from '../support/workflowService.mts';

/** 32 MiB and some of nothing, which a stream may hold at any place. */
const BLANKS = Array.from({ length: 33 }, () => new Uint8Array(1024 * 1024).fill(32));

describe('an object_info', () => {
	it('of 60 MB is read, up to where it has the classes of the workflow', async () => {
		const text = JSON.stringify(OBJECT_INFO);
		const large = [new TextEncoder().encode(`{"None":{},`), ...BLANKS, ...BLANKS.slice(4)];
		const rest = [new TextEncoder().encode(text.slice(1)), failure('ECONNRESET')];
		const { client } = clientOf(service(DEPLOYMENT, { chunks: [...large, ...rest] }));
		const { info, guessed } = await loadWorkflow(client, 'dep');
		expect(Object.keys(info)).toContain('KSampler');
		expect(guessed).toBeUndefined();
	});

	it('that is larger still is done without', async () => {
		const chunks = [new TextEncoder().encode('{'), ...BLANKS, ...BLANKS];
		const { client } = clientOf(service(DEPLOYMENT, { chunks }));
		const { info, guessed } = await loadWorkflow(client, 'dep');
		expect(info).toEqual({});
		expect(guessed).toMatch(/is larger than 64 MB$/);
	});
});
