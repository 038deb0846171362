import type { Finding, InputSpec, ListedDeployment } from '../../core/index.js';

/** One input of a workflow, as the dialog shows it. */
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
}

/** What a workflow's partner nodes ask for. */
export interface DialogPartner {
	/** Such as "5 · ByteDance Seedream". */
	nodes: string[];
	/** Such as "about $0.39", with the values as deployed; absent where nothing is known of it. */
	price?: string;
	/** Whether the account has a key for them; absent where the account is not deployed. */
	keyed?: boolean;
}

/** One input that a node sets, as a flow file holds it. */
export interface Row {
	nodeId: string;
	input: string;
	/**
	 * Where the value comes from: `str`, `num`, `bool`, `json`, `choice`, `random` (a seed), or `msg`,
	 * `flow`, `global`, `jsonata`, `env`.
	 */
	type: string;
	value: string;
	/** Such as "Positive Prompt". */
	label?: string;
	/** What the input took when it was chosen, for when the workflow cannot be asked. */
	spec?: InputSpec;
	/** Whether the workflow did not have the input when the dialog was last open. */
	gone?: boolean;
}

/** The account that a dialog asks about. */
export interface AccountRef {
	/** The id of its config node. */
	account: string;
	/** As the editor shows them, perhaps not deployed yet. */
	baseUrl: string;
	apiVersion: string;
	/** Only where it was typed in since the last deploy: a stored one never comes to the browser. */
	apiToken?: string;
}

/** The answers to the questions of a dialog, by the path below `runcomfy/`. */
export interface Answers {
	deployments: { deployments: ListedDeployment[] };
	/** `workflow`: the graph that runs, as JSON text, where what was given had to be converted. */
	inputs: { inputs: DialogInput[]; workflow?: string; partner?: DialogPartner };
	/** What does not fit the workflow, and what could not be looked at. */
	check: { findings: Finding[]; warnings: string[] };
	/** US dollars. */
	test: { balance: number };
}

/** Why a question was not answered, in words for the user. */
export interface Refusal {
	message: string;
	hint: string;
}
