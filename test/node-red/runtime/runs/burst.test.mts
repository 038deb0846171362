// A burst of messages leaves the event loop something for others.
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { exactTurns } from '../../../support/eventLoop.mts';
import { useFlows } from '../../support/rig.mts';

const start = useFlows();

afterEach(() => void jest.restoreAllMocks());

describe('a burst of messages', () => {
	it('is read in several turns of the event loop (P74)', async () => {
		const flow = await start('runcomfy-run', { inputMode: 'json' });
		flow.time.hold();
		let now = 0;
		jest.spyOn(performance, 'now').mockImplementation(() => (now += 1));
		let read = 0;
		const { textToImage: deploymentId } = flow.simulator.deploymentIds;
		for (let sent = 0; sent < 100; sent += 1) {
			const get = () => {
				read += 1;
				return {};
			};
			flow.receive(Object.defineProperty({ deploymentId }, 'overrides', { get }) as never);
		}
		const reads = [read];
		while (read < 100) {
			await exactTurns(1);
			reads.push(read);
		}
		const most = Math.max(...reads.map((count, at) => count - (reads[at - 1] ?? 0)));
		expect(most).toBeLessThan(50);
	});
});
