import type { Finding } from '../comfyui/findings';
import type { WorkflowApiJson } from '../comfyui/graph';
import type { TakenInput } from '../comfyui/knownGraph';
import type { Overrides } from '../comfyui/overrides';
import type { WorkflowReader } from '../deployments/workflow';
import type { WorkflowField } from '../form/fields';
import type { InputRef } from '../form/inputSpec';
import type { ModelReader } from '../models/model';
import type { Notes } from '../request/receipt';
import type { SubmitParts } from '../service/body';

/**
 * The inputs that a target takes, as far as they are known. Everything that differs between targets is behind this
 * interface or in `service/kinds.ts`.
 */
export interface Takes {
	readonly byName: boolean;
	/** The owner of the inputs, as messages name it: "the workflow", for example. */
	readonly owner: string;
	/** Whether the target's inputs are known, so that `check` covers every value. */
	readonly known: boolean;
	/** Whether the data comes from the cache and may be out of date. */
	readonly cached: boolean;
	/** Warnings that tell the user what could not be read, and why. */
	readonly warnings: readonly string[];
	/** The workflow that runs, if it is known. */
	readonly workflow: WorkflowApiJson | undefined;
	/** The inputs as form fields; undefined if they are not known. */
	fields(): readonly WorkflowField[] | undefined;
	/** Looks up the spec of an input, given the values in `set`. */
	inputs(set: Overrides): (place: InputRef) => TakenInput | undefined;
	/** Adds values that must also be set, such as those for the inputs of a newly chosen option. */
	withDefaults(set: Overrides, notes: Notes): Overrides;
	/** The seeds to draw besides those in `set`. @param all whether to include seeds that are not set to "random" */
	seeds(set: Overrides, all: boolean): SeedsToDraw;
	/** The warning if no seed could be drawn. */
	readonly withoutSeed: string;
	/** Checks the values in `set`. @param labels the labels of inputs that have a field, by path */
	check(set: Overrides, labels: ReadonlyMap<string, string>): Checked;
	/** The other parts of a submit, once the inputs are checked. */
	parts(sentWhole: boolean): Pick<SubmitParts, 'workflowApiJson' | 'partnerNodes'>;
	/** Notes about the request, apart from warnings and seeds. */
	notes(): Partial<Notes>;
}

export interface SeedsToDraw {
	/** The seeds to draw, each with the value "random"; undefined if the seeds of the target are not known. */
	wanted: Overrides | undefined;
	/** The spec of a seed, which limits the drawn number. */
	inputOf(place: InputRef): TakenInput | undefined;
}

export interface Checked {
	findings: Finding[];
	warnings: string[];
	/** Whether the whole workflow must be sent, with the values applied to it. */
	sentWhole: boolean;
}

export interface ReadOptions {
	/**
	 * Reads the workflow that will run, or finds out that a deployment takes inputs by name. Without this function,
	 * only the links of a workflow that is sent along are checked.
	 */
	readWorkflow?: WorkflowReader | undefined;
	/** Reads the model, whose schema the inputs are compared with. */
	readModel?: ModelReader | undefined;
	/** False if the user has turned off the check of inputs. */
	check?: boolean | undefined;
}

/** Reads what a target takes. `fresh` bypasses the cache; `check` is on by default. */
export type TakesReader = (how?: Partial<ReadMode>) => Promise<Takes>;

export interface ReadMode {
	fresh: boolean;
	check: boolean;
}
