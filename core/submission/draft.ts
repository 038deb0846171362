import type { MediaInput } from '../files/media';
import type { WorkflowApiJson } from '../workflow/graph';
import type { InputSpec } from '../workflow/inputSpec';
import type { Overrides } from '../workflow/overrides';

/** An input that the user set in a field of its own: of a form, or in a row. */
export interface FieldValue {
	nodeId: string;
	input: string;
	/** What people see of it, such as "6 · Positive Prompt → text". */
	label: string;
	/**
	 * What the field holds for this submit; in a field that takes expressions everything may have become
	 * text. `null` leaves the input as deployed; bytes become a data URI.
	 */
	value: unknown;
	/** Where the value is looked for, for people: `msg.payload`, "its expression". */
	source: string;
	/** What the host kept of the input's type, for when the workflow cannot be asked. */
	spec: InputSpec;
}

/** A file for one input. Nothing is read before its turn to be submitted. */
export interface InputFile {
	nodeId: string;
	input: string;
	/** Where the user gave it, such as "Input Files, From URL 1". */
	label: string;
	read(): Promise<MediaInput>;
}

/** What a user wants to submit, as the fields of a host hold it. */
export interface Draft {
	deploymentId: string;
	fields?: readonly FieldValue[];
	/** Win over the fields. */
	overrides?: Overrides;
	/** Win over both. */
	files?: readonly InputFile[];
	/** Another workflow to run on the deployment's machine. */
	workflowApiJson?: WorkflowApiJson | undefined;
	/** Whether every seed of that workflow is drawn anew. Those that say "random" are in any case. */
	randomSeeds?: boolean;
	extraData?: Record<string, unknown> | undefined;
	/** Address that RunComfy calls when the request has ended. */
	webhook?: string | undefined;
	/** Whether it is also called when the state changes before the end. */
	webhookIntermediateStatus?: boolean | undefined;
	/** Shown with the deployment's own value and left at it: not sent, but compared with it. */
	untouched?: readonly Pick<FieldValue, 'nodeId' | 'input' | 'label' | 'value'>[];
	/** For the user, of what the host read. */
	warnings?: readonly string[];
}
