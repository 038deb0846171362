import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isObject, parseJson } from '../json';
import type { PoolOwner } from '../pool';
import { isGraphNode } from '../run/graph';
import type { ComfyuiWorkflow, Graph, LoraSpec } from '../types';
import * as workflows from './workflows';

export interface Deployment extends PoolOwner {
	workflow_id: string;
	workflow_version: string;
	hardware: string[];
	queue_size: number;
	is_enabled: boolean;
	createdAt: number;
	updatedAt: number;
	graph: Graph;
	/** Set for a LoRA deployment: its body is flat, its result has `output`, and its workflow is hidden. */
	lora?: LoraSpec;
	/** Whether its machine reuses the results of the previous run. */
	caches?: true;
}

export type DeploymentStore = Map<string, Deployment>;

const LORA_IMAGE: LoraSpec = {
	fields: {
		prompt: { node: '6', input: 'text', required: true },
		neg: { node: '33', input: 'text' },
		width: { node: '27', input: 'width' },
		height: { node: '27', input: 'height' },
		num_images: { node: '27', input: 'batch_size' },
		seed: { node: '31', input: 'seed' },
		sample_steps: { node: '31', input: 'steps' },
		guidance_scale: { node: '31', input: 'cfg' },
		sampler: { node: '31', input: 'sampler_name' },
		ctrl_img_1: { node: '41', input: 'image' },
		network_multiplier: { node: '40', input: 'strength_model' },
	},
	output: 'images',
	payload: { overrides: {} },
};

/** The settings in which a preset differs from the defaults. */
type Preset = Partial<Omit<Deployment, 'graph'>> & { name: string; graph: () => Graph };

/** In the order of their ids, which flows and tests store: add new ones at the end. */
const PRESETS = {
	textToImage: { name: 'text-to-image', graph: workflows.textToImage },
	imageEdit: { name: 'image-edit', graph: workflows.imageEdit },
	video: { name: 'text-to-video', graph: workflows.video, hardware: ['ADA_80_PLUS'] },
	mixed: { name: 'mixed-outputs', graph: workflows.mixed },
	text: { name: 'text-only', graph: workflows.text, hardware: ['AMPERE_24'] },
	disabled: { name: 'switched-off', graph: workflows.textToImage, is_enabled: false },
	lora: { name: 'lora-text-to-image', graph: workflows.lora, lora: LORA_IMAGE },
	flux: { name: 'flux-text-to-image', graph: workflows.flux },
	partner: { name: 'partner-nodes', graph: workflows.partner, hardware: ['TURING_16'] },
} satisfies Record<string, Preset>;

/** Ids by the names used in README.md. */
export type DeploymentIds = Record<keyof typeof PRESETS, string>;

/** The preset deployments, with their display name and their key in `deploymentIds`. */
export const PRESET_DEPLOYMENTS = (Object.keys(PRESETS) as Array<keyof DeploymentIds>).map(
	(key, at) => ({
		key,
		name: PRESETS[key].name,
		id: `de910e00-0000-4000-8000-${String(at + 1).padStart(12, '0')}`,
	}),
);

/** The same in every simulator. */
export const DEPLOYMENT_IDS = Object.fromEntries(
	PRESET_DEPLOYMENTS.map(({ key, id }) => [key, id]),
) as DeploymentIds;

/** Adds a copy of the first deployment, with other settings. Returns its id. */
export function addDeployment(store: DeploymentStore, settings: Partial<Deployment>): string {
	const [first] = store.values();
	const deployment = { ...structuredClone(first as Deployment), id: randomUUID(), ...settings };
	store.set(deployment.id, deployment);
	return deployment.id;
}

/** @param workflows of a ComfyUI, instead of the presets */
export function createDeployments(
	createdAt: number,
	maxInstances: number,
	workflows?: readonly ComfyuiWorkflow[],
): DeploymentStore {
	const common = {
		workflow_version: 'v1',
		hardware: ['AMPERE_48'],
		min_instances: 0,
		max_instances: maxInstances,
		queue_size: 1,
		keep_warm_duration_in_seconds: 60,
		is_enabled: true,
		createdAt,
		updatedAt: createdAt,
	};
	const presets = PRESET_DEPLOYMENTS.map(({ key, id }): Deployment => {
		const { graph, ...preset }: Preset = PRESETS[key];
		const workflow_id = id.replace('de910e00', 'f10e0000');
		return { ...common, ...preset, id, workflow_id, graph: graph() };
	});
	// Clients cache the workflow by version, and the models of a ComfyUI may change.
	const version = { workflow_version: `v${createdAt}` };
	const own = workflows?.map((workflow): Deployment => {
		return { ...common, ...version, ...workflow, workflow_id: workflow.id };
	});
	return new Map((own ?? presets).map((deployment) => [deployment.id, deployment]));
}

const UUID = /^(?<id>[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12})=(?<file>.+)$/i;

/**
 * Turns a workflow file in API format into a deployment named after the file.
 * @param argument the file, or `<deployment id>=<file>`
 * @throws Error that explains what is wrong with the file
 */
export function readWorkflow(argument: string): ComfyuiWorkflow {
	const { id, file = argument } = UUID.exec(argument)?.groups ?? {};
	const name = basename(file).replace(/\.json$/i, '');
	return { id: id ?? idOf(name), name, graph: readGraph(readText(file)) };
}

function readText(file: string): string {
	if (existsSync(file)) return readFileSync(file, 'utf8');
	const wrongId = /^(?<id>[^=/\\]+)=/.exec(file)?.groups?.['id'];
	throw new Error(
		wrongId === undefined
			? 'there is no such file'
			: `“${wrongId}” is not the id of a deployment, such as ${DEPLOYMENT_IDS.textToImage}. Leave it out, or copy the id from RunComfy’s page of the deployment`,
	);
}

function parsed(text: string): unknown {
	try {
		return parseJson(text);
	} catch (error) {
		throw new Error(`it is not JSON (${(error as Error).message})`);
	}
}

function readGraph(text: string): Graph {
	const value = parsed(text.replace(/^\uFEFF/, ''));
	if (isObject(value) && Array.isArray(value['nodes'])) {
		throw new Error(
			'it is in the format of ComfyUI’s editor. Save it with Workflow > Export (API)',
		);
	}
	const nodes = isObject(value) ? Object.values(value) : [];
	if (nodes.length === 0 || !nodes.every(isGraphNode)) {
		throw new Error(
			'it is not a workflow in API format, in which each node has class_type and inputs',
		);
	}
	return value as Graph;
}

/** Derived from the name, because flows store the id. */
function idOf(name: string): string {
	const hex = createHash('sha256').update(name).digest('hex');
	return [
		...[hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`],
		hex.slice(20, 32),
	].join('-');
}

/** The default without a workflow file: draws a picture, and needs no model. */
export const PLAIN_PICTURE: ComfyuiWorkflow = {
	id: idOf('plain-picture'),
	name: 'plain-picture',
	graph: {
		'1': {
			class_type: 'EmptyImage',
			inputs: { width: 512, height: 512, batch_size: 1, color: 3_368_601 },
			_meta: { title: 'Plain picture' },
		},
		'2': {
			class_type: 'SaveImage',
			inputs: { images: ['1', 0], filename_prefix: 'plain-picture' },
			_meta: { title: 'Save Image' },
		},
	},
};
