import { filled } from '../n8n/support/form.mts';
import { byId, type Json, type Rig, type Simulator, workflowOf } from '../n8n/support/rig.mts';
import type { TestFlow, useFlows } from '../node-red/support/rig.mts';

/** A user's submit, independent of the host. */
export interface Wish {
	deployment?: 'textToImage' | 'imageEdit' | 'lora' | 'flux';
	/** A hosted model, instead of a deployment. */
	model?: 'textToImage' | 'imageEdit';
	/** Inputs by name for a hosted model, or for a deployment without a workflow. */
	inputs?: Json;
	/**
	 * Inputs in their own fields, with computed values, keyed by `<node id>.<input>`, or `.<input>` without a node.
	 * With `|` between them, one field sets several inputs.
	 */
	fields?: Json;
	/** Input files, keyed like `fields`. */
	files?: Record<string, Buffer>;
	overrides?: unknown;
	workflow?: unknown;
	webhook?: unknown;
	checkInputs?: boolean;
	randomSeeds?: boolean;
	/** The URL or id of the deployment or model, if it differs from `deployment` or `model`. */
	address?: string;
	/** Prepares the service. */
	service?: (simulator: Simulator) => void;
}

/** The actions of the host. */
export interface Outcome {
	/** Bodies of all submits. */
	submits: unknown[];
	/** Number of calls before any submit. */
	asked: number;
	code?: string;
	message?: string;
	hint?: string;
	warnings: string[];
}

const isSubmit = ({ route }: { route: string }) => /^(models\.)?submit$/.test(route);

const submitsOf = ({ requests }: Simulator) => requests.filter(isSubmit).map(({ body }) => body);

const askedOf = ({ requests }: Simulator) =>
	requests.filter((request) => !isSubmit(request)).length;

const given = (names: Json) =>
	Object.fromEntries(Object.entries(names).filter(([, value]) => value !== undefined));

/** n8n's engine on the built package: Submit on one item. */
export async function byN8n(rig: Rig, wish: Wish): Promise<Outcome> {
	const { simulator } = rig;
	const { deployment = 'textToImage', fields = {}, files = {} } = wish;
	const { overrides, workflow, address } = wish;
	const hasWorkflow = wish.inputs === undefined;
	const binary = Object.fromEntries(
		Object.entries(files).map(([id, bytes]) => [
			id.replace('.', '_'),
			{ data: bytes.toString('base64'), mimeType: 'application/octet-stream', fileName: id },
		]),
	);
	// A file is named where the input takes files; any input takes n8n's object.
	const isNamed = deployment === 'imageEdit' || wish.model !== undefined;
	const fileOf = (id: string) => {
		const name = id.replace('.', '_');
		return isNamed ? name : binary[name];
	};
	const named = Object.keys(files).map((id) => [id.slice(1), fileOf(id)] as const);
	const values: Json = { ...fields };
	for (const id of Object.keys(files)) values[id] = fileOf(id);
	const expressions = Object.keys(values).map((id) => [id, `={{ $json.values["${id}"] }}`]);
	const form = hasWorkflow
		? await filled(rig, deployment, Object.fromEntries(expressions) as Json)
		: {};
	const inputs = JSON.stringify({ ...wish.inputs, ...Object.fromEntries(named) });
	// n8n caches a deployment for a minute; this copy has not been read yet.
	const id =
		address ??
		(wish.model ? simulator.modelIds[wish.model] : undefined) ??
		(hasWorkflow ? rig.copyOf(deployment) : simulator.deploymentIds[deployment]);
	simulator.requests.length = 0;
	wish.service?.(simulator);
	const ofModel = wish.model !== undefined;
	const inForm = hasWorkflow && overrides === undefined;
	const inputMode = workflow !== undefined ? 'workflow' : inForm ? 'fields' : 'json';
	const asText = hasWorkflow ? overrides : inputs;
	const locator = address?.startsWith('http')
		? { __rl: true, mode: 'url', value: address }
		: byId(id);
	const { webhook, checkInputs } = wish;
	const parameters = {
		operation: 'submit',
		...form,
		...(ofModel ? { resource: 'model', modelId: locator } : { deploymentId: locator }),
		inputMode,
		inputs,
		overrides: typeof asText === 'string' ? asText : '={{ $json.overrides }}',
		workflowApiJson: typeof workflow === 'string' ? workflow : '={{ $json.workflow }}',
		...given({ randomSeeds: wish.randomSeeds }),
		options: given({ webhook, checkInputs }),
	};
	const item = {
		json: { values, overrides, workflow },
		binary,
	};
	const run = rig.engine.run(workflowOf({ parameters }), { items: [item as never] });
	const outcome = await run.outcome;
	const { error } = outcome;
	const warnings = error ? [] : outcome.items('Step 1')[0]?.json['warnings'];
	return {
		submits: submitsOf(simulator),
		asked: askedOf(simulator),
		...(error
			? {
					code: String(error.context?.data?.['error_code']),
					message: error.message.replace(/ \[item \d+\]$/, ''),
					hint: String(error.description),
				}
			: {}),
		warnings: (warnings ?? []) as string[],
	};
}

/** Node-RED's runtime on the built package: `runcomfy-submit` with one message. */
export async function byNodeRed(
	start: ReturnType<typeof useFlows>,
	wish: Wish,
	labelOf: (id: string) => string,
): Promise<Outcome> {
	const { deployment = 'textToImage', fields = {}, files = {} } = wish;
	const values: Json = { ...fields, ...files };
	const rows = Object.keys(values).map((id) => {
		const [first, ...also] = id.split('|').map((one) => {
			const [nodeId, input] = one.split('.');
			return { nodeId, input };
		});
		const further = also.length > 0 ? { also } : {};
		return { ...first, ...further, type: 'msg', value: `values["${id}"]`, label: labelOf(id) };
	});
	const { overrides, workflow, webhook, checkInputs } = wish;
	const text = (name: string, value: unknown) =>
		value === undefined ? {} : { [name]: name, [`${name}Type`]: 'msg' };
	const flow: TestFlow = await start('runcomfy-submit', {
		...(wish.model && { target: 'model' }),
		inputMode: overrides === undefined && workflow === undefined ? 'rows' : 'json',
		rows,
		...text('workflow', workflow),
		...text('webhook', webhook),
		...given({ checkInputs, randomSeeds: wish.randomSeeds }),
	});
	wish.service?.(flow.simulator);
	flow.receive({
		...(wish.model
			? { modelId: wish.address ?? flow.simulator.modelIds[wish.model] }
			: { deploymentId: wish.address ?? flow.simulator.deploymentIds[deployment] }),
		values,
		...given({ overrides: overrides ?? wish.inputs, workflow, webhook }),
	});
	await flow.ended();
	const [caught] = flow.caught;
	const told = flow.sent[0]?.['runcomfy'] as { warnings?: string[] } | undefined;
	return {
		submits: submitsOf(flow.simulator),
		asked: askedOf(flow.simulator),
		...(caught
			? {
					code: caught.error.code,
					message: caught.error.message.replace(/^RunComfyError \[\w+\]: /, ''),
					hint: String(caught.error.cause['hint']),
				}
			: {}),
		warnings: told?.warnings ?? [],
	};
}
