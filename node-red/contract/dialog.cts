import type { Finding, InputSpec, ListedDeployment } from '../../core/index.js';

export interface DialogInput {
	nodeId: string;
	input: string;
	/** "Positive Prompt" */
	label: string;
	/** "6 · Positive Prompt (CLIPTextEncode) → text" */
	path: string;
	spec: InputSpec;
	/** Whether a run may draw its value. */
	seed: boolean;
	/** What the workflow holds, as text; absent where it is not a plain value or very long. */
	saved?: string;
	/** Whether most flows set it. */
	likely: boolean;
	required?: true;
}

/** The partner nodes of a workflow. */
export interface DialogPartner {
	/** Such as "5 · ByteDance Seedream". */
	nodes: string[];
	/** Whether the account has a key for them; absent where the account is not deployed. */
	keyed?: boolean;
}

/** One input that a node sets, as a flow file holds it. */
export interface Row {
	/** Empty of an input that has only a name: of a hosted model or a LoRA deployment. */
	nodeId: string;
	input: string;
	/**
	 * Where the value comes from: `str`, `num`, `bool`, `json`, `choice`, `random` (a seed), or `msg`,
	 * `flow`, `global`, `jsonata`, `env`.
	 */
	type: string;
	value: string;
	label?: string;
	/** What the input took when it was chosen, for when the workflow cannot be asked. */
	spec?: InputSpec;
	/** Whether the workflow did not have the input when the dialog was last open. */
	gone?: boolean;
}

export interface AccountRef {
	/** The id of its config node. */
	account: string;
	/** As the editor shows them, perhaps not deployed yet. */
	baseUrl: string;
	apiVersion: string;
	/** Only where it was typed in since the last deploy: a stored one never comes to the browser. */
	apiToken?: string;
}

export interface ListedModel {
	id: string;
	name: string;
	/** Such as "FLUX.2 flash · text to image · $0.012 / image". */
	label: string;
	description?: string | undefined;
	/** Such as "$0.012 / image"; absent if it is not known. */
	price?: string | undefined;
}

/** The answers to the questions of a dialog, by the path below `runcomfy/`. */
export interface Answers {
	deployments: { deployments: ListedDeployment[] };
	/** `lora`: whether the deployment shows no workflow, and so no list of inputs. */
	inputs: { inputs: DialogInput[]; partner?: DialogPartner; lora?: 'certain' | 'possible' };
	/** The first that fit what is typed, or the one that was asked for. */
	models: { models: ListedModel[] };
	/** What does not fit the workflow or the model, what could not be looked at, and the model's base price. */
	check: { findings: Finding[]; warnings: string[]; base_price?: string };
	/** US dollars. */
	test: { balance: number };
}

/** Why a question was not answered, in words for the user. */
export interface Refusal {
	message: string;
	hint: string;
}
