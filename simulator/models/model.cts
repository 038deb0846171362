import type { JsonObject, OutputEntry } from '../types.cjs';

/** One run of a model. */
export interface ModelRun {
	inputs: JsonObject;
	prompt: string;
	/** The seed that was given; otherwise a random one. */
	seed: number | bigint;
	/** One line for each file that the run received. */
	facts: string[];
}

/** What the run puts out, by name. */
export type Produce = (run: ModelRun) => Record<string, OutputEntry[]>;

/** A hosted model. */
export interface Model {
	model_id: string;
	display_name: string;
	description: string;
	categories: string[];
	kind: 'model' | 'workflow' | 'inference';
	/** The price of one unit; null if it is not known. */
	base_price_usd: number | null;
	price_unit: string | null;
	/** How many units a run takes. */
	units: (inputs: JsonObject) => number;
	schema?: JsonObject;
	/** The inputs that the page's button runs it with. */
	example: JsonObject;
	produce: Produce;
	disabled?: true;
}
