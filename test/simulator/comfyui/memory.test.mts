// What the simulator holds in memory of requests that have ended.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from '@jest/globals';
import { bridge } from './rig.mts';

const MB = 2 ** 20;

it('lets go of a file that it has uploaded, wherever it stood', async () => {
	setFlagsFromString('--expose-gc');
	const collect = runInNewContext('gc') as () => void;
	const { run, stub } = await bridge();
	const file = `data:image/png;base64,${'A'.repeat(4 * MB)}`;
	const runWith = async (input: object) => {
		await run(input as never);
		stub.succeed({});
		for (const list of [stub.uploads, stub.calls]) list.length = 0;
		for (const id of Object.keys(stub.history)) delete stub.history[id];
	};
	await runWith({});
	collect();
	const before = process.memoryUsage().heapUsed;
	for (let count = 0; count < 6; count += 1) {
		await runWith({ '1': { inputs: { image: file } } });
		await runWith({ '2': { inputs: { text: file } } });
	}
	collect();
	// Each of the twelve was sent as a text of 4 MB.
	expect(process.memoryUsage().heapUsed - before).toBeLessThan(10 * MB);
});
