// n8n's SSRF protection: blocked calls were certainly not sent, and messages and hints name its variables.
import { createRequire } from 'node:module';
import { afterEach, beforeEach, expect } from '@jest/globals';
import { useLongRuns, useSmallN8n } from '../support/parked.mts';
import { codeOf, itSince, refusal, useRig } from '../support/rig.mts';

const require = createRequire(import.meta.url);
const ofCore = createRequire(require.resolve('n8n-core'));

interface Protection {
	enabled: boolean;
	allowedIpRanges: string[];
}

const { Container } = ofCore('@n8n/di') as { Container: { get(token: unknown): Protection } };
const { SsrfProtectionConfig } = ofCore('@n8n/config') as { SsrfProtectionConfig?: unknown };
const protection = SsrfProtectionConfig
	? Container.get(SsrfProtectionConfig)
	: { enabled: false, allowedIpRanges: [] as string[] };
// n8n reads the list once, at its first use.
protection.allowedIpRanges = ['127.0.0.1/32'];
const BLOCKED = '127.0.0.2';

const rig = useRig({ fast: true });
const n8n = useSmallN8n(rig);
const runs = useLongRuns(rig, n8n);

const VARIABLES = /SSRF protection .*N8N_SSRF_ALLOWED_HOSTNAMES or N8N_SSRF_ALLOWED_IP_RANGES/;

beforeEach(() => {
	protection.enabled = true;
	rig.simulator.update({ latencyMs: 2_500 });
});
afterEach(() => void (protection.enabled = false));

const itProtects = itSince('2.30.0', 'there may be no SSRF protection');

itProtects('n8n may not reach itself: a hint says why', async () => {
	n8n.hostname = BLOCKED;
	const done = await n8n.start(runs.stepsOf()).until();
	const said = JSON.stringify(done.runData['Step 1']);
	expect(said).toMatch(/holds the execution in its memory .*cannot reach itself/);
	expect(said).toMatch(VARIABLES);
	expect(said).not.toContain('WEBHOOK_URL');
	expect([done.status, done.entries, rig.countOf('submit')]).toEqual(['success', 1, 1]);
});

itProtects(
	'a base URL that is blocked gets no submit, and nobody has to look whether it did',
	async () => {
		rig.credential['baseUrl'] = rig.simulator.url.replace('127.0.0.1', BLOCKED);
		const done = await n8n.start(runs.stepsOf()).until();
		expect(codeOf(done)).toBe('service_unavailable');
		expect(refusal(done.error)).toMatch(VARIABLES);
		expect(refusal(done.error)).not.toMatch(/billed/);
		expect(rig.simulator.requests).toEqual([]);
	},
);
