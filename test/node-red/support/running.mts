import { eventually } from '../../support/expect.mts';
import type { TestFlow } from './flow.mts';

/** Holds the virtual clock until released, with `count` requests accepted and running. */
export async function running(flow: TestFlow, count: number) {
	const release = flow.time.hold();
	for (let sent = 0; sent < count; sent += 1) {
		flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage });
	}
	await eventually(() => flow.simulator.jobs.size).toBe(count);
	await eventually(() => flow.time.sleeping()).toBe(count);
	return release;
}
