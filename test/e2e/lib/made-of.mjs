// Whether what n8n puts out was made of what was sent: the simulator writes prompt and seed into its files.
import assert from 'node:assert/strict';

/** Inputs of a request by node id and name: `6.text`. */
export const overridesOf = ({ overrides }) =>
	Object.fromEntries(
		Object.entries(overrides).flatMap(([node, { inputs }]) =>
			Object.entries(inputs).map(([input, value]) => [`${node}.${input}`, value]),
		),
	);

/** Checks that the item belongs to the request, and that the simulator made its file of the inputs. */
export const assertFileOf =
	(executions) =>
	async (item, job, { kind = 'PNG', prompt, seed }) => {
		assert.equal(item.json.request_id, job.requestId);
		const bytes = await executions().file(item);
		if (kind === 'PNG') {
			assert.equal(bytes.subarray(1, 4).toString(), 'PNG');
			assert.ok(bytes.includes(prompt), `the file shows: ${prompt}`);
			assert.ok(bytes.includes(String(seed)), `the file shows the seed ${seed}`);
		} else assert.equal(bytes.subarray(4, 8).toString(), 'ftyp');
		const url = item.json.files?.[0].url ?? item.json.url;
		const hosted = await fetch(url, { headers: { 'user-agent': 'test' } });
		assert.ok(bytes.equals(Buffer.from(await hosted.arrayBuffer())));
	};
