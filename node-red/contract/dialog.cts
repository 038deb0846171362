import type { Finding, InputRef, InputSpec, ListedDeployment } from '../../core/index.js';

export interface DialogInput {
	nodeId: string;
	input: string;
	/** Further inputs that get the same value: to a person they are one prompt. */
	also?: readonly InputRef[];
	/** Such as "Positive Prompt". */
	label: string;
	/** Such as "6 · Positive Prompt (CLIPTextEncode) → text". */
	path: string;
	spec: InputSpec;
	/** Whether a run can draw a random value for it. */
	seed: boolean;
	/** The value in the workflow, as text; absent if it is very long or is not a plain value. */
	saved?: string;
	/** Whether most flows set it. */
	likely: boolean;
	required?: true;
	/** Whether its value is a secret, which the dialog does not get. */
	secret?: true;
}

/** The partner nodes of a workflow. */
export interface DialogPartner {
	/** Such as "5 · ByteDance Seedream". */
	nodes: string[];
	/** Whether the account has a key for them; absent if the account is not deployed yet. */
	keyed?: boolean;
}

/** An input that a node sets, as a flow file stores it. */
export interface Row {
	/** Empty if the input has only a name, as the inputs of a hosted model or a LoRA deployment have. */
	nodeId: string;
	input: string;
	/** Further inputs that get the value, unless they have a row of their own. */
	also?: readonly InputRef[];
	/**
	 * Where the value comes from: `str`, `num`, `bool`, `json`, `choice`, `random` (a seed), or `msg`,
	 * `flow`, `global`, `jsonata`, `env`.
	 */
	type: string;
	value: string;
	label?: string;
	/** What the input took when it was chosen: it is used while RunComfy cannot be asked for the workflow. */
	spec?: InputSpec;
	/** Whether the model cannot run without it. */
	required?: true;
	/** Whether the workflow did not have the input when the dialog was last open. */
	gone?: boolean;
}

export interface AccountRef {
	/** The id of its config node. */
	account: string;
	/** What the editor shows, which may not be deployed yet. */
	baseUrl: string;
	/** Present only if it was typed since the last deploy: a stored token never reaches the browser. */
	apiToken?: string;
}

export interface ListedModel {
	id: string;
	name: string;
	/** Such as "FLUX.2 flash · $0.012 / image · text to image". */
	label: string;
	description?: string | undefined;
	/** Such as "$0.012 / image"; absent if it is not known. */
	price?: string | undefined;
}

/** The answers to the questions of a dialog, by the path below `runcomfy/`. */
export interface Answers {
	deployments: { deployments: ListedDeployment[] };
	/**
	 * `lora`: whether it is, or may be, a LoRA deployment, which shows no workflow and so no list of inputs. `partial`: the
	 * workflow is too large for all of its inputs to be listed.
	 */
	inputs: {
		inputs: DialogInput[];
		partner?: DialogPartner;
		lora?: 'certain' | 'possible';
		partial?: true;
	};
	/** The first models that fit what is typed, or the one that the dialog asks for by its id. */
	models: { models: ListedModel[] };
	/** What does not fit the workflow or the model, what could not be checked, and the model's base price. */
	check: { findings: Finding[]; warnings: string[]; base_price?: string };
	/** In US dollars. */
	test: { balance: number };
}

/** Says, in words for the user, why a question has no answer. */
export interface Refusal {
	message: string;
	hint: string;
}
