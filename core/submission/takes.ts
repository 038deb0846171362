import type { Finding } from '../comfyui/findings';
import type { WorkflowField } from '../comfyui/form/describe';
import type { WorkflowApiJson } from '../comfyui/graph';
import type { Overrides } from '../comfyui/overrides';
import type { WorkflowReader } from '../deployments/workflow';
import type { AnySpec } from '../models/check';
import type { ModelReader } from '../models/model';
import type { Notes } from '../request/receipt';
import type { SubmitParts } from '../service/body';
import type { Place } from './draft';

/** What a target takes, as far as it is known. Here, and in `service/kinds.ts`, is all in which targets differ. */
export interface Takes {
	readonly byName: boolean;
	/** What has the inputs, as messages call it. */
	readonly owner: string;
	/** Whether its inputs are known, so that `check` covers all that is set. */
	readonly known: boolean;
	/** Whether it comes from the cache, and may have changed since. */
	readonly cached: boolean;
	/** For the user: why something is not known. */
	readonly warnings: readonly string[];
	/** The workflow that runs, if it is known. */
	readonly workflow: WorkflowApiJson | undefined;
	/** Its inputs as a form has them; undefined if they are not known. */
	fields(): readonly WorkflowField[] | undefined;
	/** What its inputs take while these are set. */
	inputs(set: Overrides): (place: Place) => TakenInput | undefined;
	/** Adds what must be set besides, such as the inputs that come by another choice. */
	withDefaults(set: Overrides, notes: Notes): Overrides;
	/** The seeds to draw besides those that are set. @param all whether to draw those, too, that do not say "random" */
	seeds(set: Overrides, all: boolean): SeedsToDraw;
	/** What to tell if none could be drawn. */
	readonly withoutSeed: string;
	/** What does not fit. @param labels of inputs that have a field, by their paths */
	check(set: Overrides, labels: ReadonlyMap<string, string>): Checked;
	/** What goes along with the inputs, once they are checked. */
	parts(sentWhole: boolean): Pick<SubmitParts, 'workflowApiJson' | 'partnerNodes'>;
	/** What to note of a request, besides its warnings and seeds. */
	notes(): Partial<Notes>;
}

export interface SeedsToDraw {
	/** Each with "random" as its value; undefined if the seeds of the target are not known. */
	wanted: Overrides | undefined;
	/** Within which limits a seed is drawn. */
	inputOf(place: Place): TakenInput | undefined;
}

/** What one input takes. `typed`: it is certain enough to convert a text in JSON. */
export interface TakenInput {
	spec: AnySpec;
	typed: boolean;
}

export interface Checked {
	findings: Finding[];
	warnings: string[];
	/** Whether the workflow must be sent along, with what is set in it. */
	sentWhole: boolean;
}

export interface ReadOptions {
	/**
	 * Asks for the workflow that will run, or whether a deployment takes inputs by name. Without this function, no
	 * inputs are compared with the workflow.
	 */
	readWorkflow?: WorkflowReader | undefined;
	/** Asks for the model, whose schema the inputs are compared with. */
	readModel?: ModelReader | undefined;
	/** False if the user wants nothing to be compared. */
	check?: boolean | undefined;
	/** Whether a submit without a key for partner nodes is refused. */
	needsKey?: boolean | undefined;
}

/** `fresh` asks RunComfy even for what is in the cache; `check` is on by default. */
export type TakesReader = (how?: Partial<ReadMode>) => Promise<Takes>;

export interface ReadMode {
	fresh: boolean;
	check: boolean;
}
