// What the form and the check of a workflow take of the event loop, which nothing else can use meanwhile.
import { loadCore, loadSimulator } from '../scripts/dist.mjs';

/** @typedef {ReturnType<typeof loadCore>} Core */

const ROUNDS = 15;

const CHOICES = 10_000;

/** @returns {Promise<import('./report.mjs').Measured>} */
export async function workflow() {
	const core = loadCore();
	const { graph, info } = await largeWorkflow(core);
	const count = Object.keys(graph).length;
	const host = /** @type {any} */ ({ monotonic: () => 0, toBase64: () => '' });
	const client = core.createClient({ host });
	const describeAndCheck = async () => {
		// As it came from the service: what was worked out of its nodes before is not known.
		const fresh = structuredClone(graph);
		const read = () => Promise.resolve({ workflow: fresh, info, typed: true, warnings: [] });
		const began = performance.now();
		core.describeInputs(fresh, info);
		await core.prepare(client, { deploymentId: 'd', workflow: fresh }, { read });
		return performance.now() - began;
	};
	return {
		figures: [
			{
				name: `form and check of ${count} nodes`,
				unit: 'ms',
				most: 20,
				value: await fastest(describeAndCheck),
			},
			{
				name: `one wrong value, ${CHOICES.toLocaleString('en')} choices`,
				unit: 'ms',
				most: 50,
				value: await fastest(wrongChoice(core)),
			},
		],
	};
}

/** The simulator's largest, with its classes. @param {Core} core */
async function largeWorkflow(core) {
	const simulator = await loadSimulator().createSimulator();
	try {
		const id = simulator.deploymentIds.large;
		const answer = await fetch(`${simulator.url}/object_info/${id}.json`);
		const raw = /** @type {Record<string, any>} */ (await answer.json());
		const graph = /** @type {any} */ (structuredClone(simulator.workflow(id)));
		const types = new Set(Object.values(graph).map(({ class_type }) => class_type));
		const classes = [...types].map((name) => [name, core.readNodeClass(raw[name], name)]);
		return { graph, info: Object.fromEntries(classes) };
	} finally {
		await simulator.close();
	}
}

/** @param {Core} core */
function wrongChoice(core) {
	const names = Array.from({ length: CHOICES }, (_, at) => {
		const number = String((at * 7919) % CHOICES).padStart(5, '0');
		return `styles/${['film', 'ink', 'clay', 'neon'][at % 4]}-portrait-${number}.safetensors`;
	});
	const definition = { input: { required: { lora_name: [names] } } };
	const info = { Loader: core.readNodeClass(definition, 'Loader') };
	const graph = { 1: { class_type: 'Loader', inputs: { lora_name: names[0] } } };
	const overrides = { 1: { inputs: { lora_name: 'styles/flim-portait-04711.safetensors' } } };
	return () => {
		const began = performance.now();
		const found = core.checkOverrides(overrides, structuredClone(graph), info);
		const taken = performance.now() - began;
		if (found.length !== 1) throw new Error('The wrong value was not found');
		return taken;
	};
}

/** The fastest of some. @param {() => number | Promise<number>} measure */
async function fastest(measure) {
	let least = Infinity;
	for (let round = 0; round < ROUNDS; round += 1) least = Math.min(least, await measure());
	return least;
}
