import type { InputRef, InputSpec, ListedDeployment } from '../../core';

export interface DialogInput {
	nodeId: string;
	input: string;
	/** Other inputs that get the same value, because a user thinks of them as one prompt. */
	also?: readonly InputRef[];
	/** For example "Positive Prompt". */
	label: string;
	/** For example "6 · Positive Prompt (CLIPTextEncode) → text". */
	path: string;
	spec: InputSpec;
	/** Whether a run can draw a random value for this input. */
	seed: boolean;
	/**
	 * The value saved in the workflow, as text; absent if the value is very long or not a string, number or boolean.
	 */
	saved?: string;
	/** Whether most flows set this input. */
	likely: boolean;
	required?: true;
}

/** Partner nodes of a workflow. */
export interface DialogPartner {
	/** For example "5 · ByteDance Seedream". */
	nodes: string[];
	/** Whether the account has a comfy.org key; absent if the account is not deployed yet. */
	keyed?: boolean;
}

/** An input that a node sets, as stored in the flow file. */
export interface Row {
	/** Empty for the inputs of hosted models and LoRA deployments, which have only a name. */
	nodeId: string;
	input: string;
	/** Other inputs that get the same value, unless they have their own row. */
	also?: readonly InputRef[];
	/**
	 * Source of the value: `str`, `num`, `bool`, `json`, `choice`, `random` (a seed), or `msg`, `flow`, `global`,
	 * `jsonata`, `env`.
	 */
	type: string;
	value: string;
	label?: string;
	/** What the input accepted when it was chosen; used while the workflow cannot be loaded from RunComfy. */
	spec?: InputSpec;
	/** The model cannot run without this input. */
	required?: true;
	/** The target did not have this input when the dialog was last open, so that a run would be refused. */
	gone?: boolean;
}

export interface AccountRef {
	/** Id of the config node. */
	account: string;
	/** The address in the editor's form, which may not be deployed yet. */
	baseUrl: string;
	/** Present only if the user typed a token since the last deploy: a stored token never reaches the browser. */
	apiToken?: string;
}

export interface ListedModel {
	id: string;
	name: string;
	/** For example "FLUX.2 flash · $0.012 / image · text to image". */
	label: string;
	description?: string | undefined;
	/** For example "$0.012 / image"; absent if the price is unknown. */
	price?: string | undefined;
}

/** Answer types of the dialog's requests, keyed by the path below `runcomfy/`. */
export interface Answers {
	deployments: { deployments: ListedDeployment[] };
	/**
	 * `lora`: the deployment is, or may be, a LoRA, which hides its workflow and so has no list of inputs.
	 * `partial`: the workflow is too large to list all of its inputs.
	 */
	inputs: {
		inputs: DialogInput[];
		partner?: DialogPartner;
		lora?: 'certain' | 'possible';
		partial?: true;
	};
	/** The best matches for the search text, or the one model with the requested id. */
	models: { models: ListedModel[] };
	/** In US dollars. */
	test: { balance: number };
}

/** Explains to the user why a request could not be answered. */
export interface Refusal {
	message: string;
	hint: string;
}
