// In an engine of n8n that is not as expected, the node waits in its memory.
import { createRequire } from 'node:module';
import { describe, expect, it, jest } from '@jest/globals';
import type * as Core from 'n8n-core';
import { useSmallN8n } from '../support/parked.mts';
import { runAndWait } from '../support/paying.mts';
import { byId, copyOf, countOf, useRig, workflowOf } from '../support/rig.mts';

const require = createRequire(import.meta.url);

describe('an engine that is not as expected', () => {
	const rig = useRig();
	const n8n = useSmallN8n(rig);

	it.each(['auto', 'suspend'])('has the node wait in memory (%s)', async (waitMode) => {
		const { ExecuteContext } = require('n8n-core') as typeof Core;
		jest.spyOn(ExecuteContext.prototype, 'getExecuteData').mockReturnValue({} as never);
		rig.simulator.update({ latencyMs: 1_500 });
		const deploymentId = byId(await copyOf(rig));
		const parameters = runAndWait(rig, { deploymentId, options: { waitMode } });
		const done = await n8n.start(workflowOf({ parameters })).until();
		expect([done.status, done.entries, countOf(rig, 'submit')]).toEqual(['success', 1, 1]);
		const said = JSON.stringify(done.runData['Step 1']);
		expect(said.includes('does not run a node again')).toBe(waitMode === 'suspend');
	});
});
