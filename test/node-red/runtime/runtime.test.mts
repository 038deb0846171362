// State that a process keeps across deploys.
import { expect, it, jest } from '@jest/globals';
import type * as JournalModule from '../../../node-red/runtime/journal/journal.ts';
import { dist } from '../support/dist.mts';
import { runsChanged } from '../support/rig.mts';

const { protectionChanged } = dist<typeof JournalModule>('node-red/runtime/journal/journal.js');

it('a change of a run is not taken for a change of the journal, which every status is written again for', () => {
	const listener = jest.fn();
	const stop = protectionChanged().add(listener);
	runsChanged().call();
	expect(listener).not.toHaveBeenCalled();
	protectionChanged().call();
	expect(listener).toHaveBeenCalledTimes(1);
	stop();
});
