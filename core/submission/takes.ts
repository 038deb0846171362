import type { Finding } from '../comfyui/findings';
import type { WorkflowApiJson } from '../comfyui/graph';
import type { TakenInput } from '../comfyui/knownGraph';
import type { Overrides } from '../comfyui/overrides';
import type { WorkflowReader } from '../deployments/workflow';
import type { InputRef } from '../form/inputSpec';
import type { ModelReader } from '../models/model';
import type { SubmitParts } from '../request/input';
import type { Notes } from '../request/receipt';
import type { Labels } from './given';

/**
 * The inputs that a target takes, as far as they are known. What differs between the inputs of targets is behind this
 * interface.
 */
export interface Takes {
	readonly facts: Facts;
	/** Looks up inputs, given the values in `set`. */
	inputs(set: Overrides): (at: InputRef) => TakenInput | undefined;
	/**
	 * Adds values that must also be set, such as those for the inputs of a newly chosen option, and draws seeds.
	 * @param allSeeds whether to draw also those that are not set to "random"
	 */
	complete(set: Overrides, allSeeds: boolean, notes: Notes): Overrides;
	check(set: Overrides, labels: Labels): Checked;
	/** What to submit, and notes about the request apart from warnings and seeds. */
	body(set: Overrides, sentWhole: boolean): { parts: SubmitParts; notes: Partial<Notes> };
}

/** What is known about a target besides the rules for its inputs. */
export interface Facts {
	byName: boolean;
	/** Whether the target's inputs are known, so that `check` covers every value. */
	known: boolean;
	/** Whether the data comes from the cache and may be out of date. */
	cached: boolean;
	/** Warnings that tell the user what could not be read, and why. */
	warnings: readonly string[];
	/** The workflow that runs, if it is known. */
	workflow: WorkflowApiJson | undefined;
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

/** How to read what a target takes. */
export interface ReadMode {
	/** Whether to bypass the cache. */
	fresh: boolean;
	check: boolean;
}
