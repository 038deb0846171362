import { isObject, type JsonObject, toNumber } from '../json/objects';

/** What a run has given, as far as a kind of target says so in a way of its own. */
export interface Given {
	/** Node id → channel → list of items, as ComfyUI's history has it, with hosted URLs. */
	outputs?: JsonObject;
	/** Addresses, texts and numbers, as they came: of a LoRA deployment or a model. */
	output?: unknown;
	/** US dollars that a model's request cost. */
	cost?: number;
	warnings?: string[];
}

/** `outputs`; LoRA deployments, and one revision of the page on webhooks, say `output`. */
export function deploymentResult(raw: JsonObject, succeeded: boolean): Given {
	const { outputs, output } = raw;
	if (isObject(outputs)) return { outputs };
	if (isObject(output) && isOfNodes(output)) return { outputs: output };
	const told = succeeded ? output !== undefined : (output ?? undefined) !== undefined;
	return { ...(isObject(output) ? { outputs: output } : {}), ...(told ? { output } : {}) };
}

/** As ComfyUI numbers its nodes, also within a subgraph. */
function isOfNodes(output: JsonObject): boolean {
	const keys = Object.keys(output);
	return keys.length > 0 && keys.every((key) => /^\d+(:\d+)*$/.test(key));
}

/** `output`, and with `include_cost=true` a `cost` (docs.runcomfy.com/model-apis). */
export function modelResult(raw: JsonObject, succeeded: boolean): Given {
	const { cost: given } = raw;
	const output = raw['output'] ?? raw['outputs'] ?? (succeeded ? null : undefined);
	const cost = toNumber(given);
	const known = Number.isFinite(cost) && cost >= 0;
	const strange = !known && given !== undefined && given !== null;
	return {
		...(output === undefined ? {} : { output }),
		...(known ? { cost } : {}),
		...(strange ? { warnings: [NO_COST] } : {}),
	};
}

const NO_COST =
	'RunComfy gave what the request cost in a form that is not a number: it is left out.';
