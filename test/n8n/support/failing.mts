import { expect } from '@jest/globals';
import { byId, everythingOf, type Parameters, type Rig, runNode, TOKEN, workOf } from './rig.mts';

export const submit = ({ simulator }: Rig, more: object = {}): Parameters => ({
	operation: 'submit',
	deploymentId: byId(simulator.deploymentIds.textToImage),
	overrides: '{}',
	...more,
});

export const status = ({ simulator }: Rig, more: object = {}): Parameters => ({
	operation: 'getStatus',
	deploymentId: byId(simulator.deploymentIds.textToImage),
	requestId: '3f0e8a52-0000-4000-8000-000000000000',
	...more,
});

export interface Expected {
	code: string;
	message: RegExp;
	/** The hint. */
	description: RegExp;
	/** HTTP requests, without those that check the inputs. */
	sent: number;
}

/** A description as n8n renders it, as HTML. */
function shown(html: string | null | undefined): string {
	return String(html).replaceAll('&lt;', '<').replaceAll('&amp;', '&');
}

/** Runs a node that must fail, and checks all that a user sees of it, with Continue On Fail as well. */
export async function expectFailure(
	rig: Rig,
	parameters: Parameters,
	expected: Expected,
): Promise<void> {
	const outcome = await runNode(rig, parameters);
	expect(outcome.status).toBe('error');
	expect(outcome.error?.context?.data?.['error_code']).toBe(expected.code);
	expect(outcome.error?.message).toMatch(expected.message);
	expect(shown(outcome.error?.description)).toMatch(expected.description);
	expect(workOf(rig)).toHaveLength(expected.sent);
	expect(everythingOf(outcome)).not.toContain(TOKEN);

	rig.simulator.requests.length = 0;
	const kept = await runNode(rig, parameters, [{}], { onError: 'continueRegularOutput' });
	expect(kept.status).toBe('success');
	expect(kept.items('Step 1')[0]?.json).toMatchObject({ error_code: expected.code });
	expect(everythingOf(kept)).not.toContain(TOKEN);
}
