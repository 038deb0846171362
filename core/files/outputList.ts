import { OUTPUTS } from '../defaults';
import { type OutputFile, type Outputs, type OutputText, type OutputValue } from './outputFile';

/** The outputs of a run in the order in which they are found. Outputs beyond the limit are counted but not listed. */
export class OutputList {
	readonly #files: OutputFile[] = [];
	readonly #texts: OutputText[] = [];
	readonly #values: OutputValue[] = [];
	readonly #warnings: string[] = [];
	#count = 0;
	#warned = 0;

	/** Whether the list has reached its limit, so that further outputs are left out. */
	get isFull(): boolean {
		return this.#count >= OUTPUTS.entries;
	}

	leaveOut(): void {
		this.#count += 1;
	}

	addFile(file: OutputFile): void {
		this.#add(this.#files, file);
	}

	addText(text: OutputText): void {
		this.#add(this.#texts, text);
	}

	addValue(value: OutputValue): void {
		this.#add(this.#values, value);
	}

	warn(warning: string): void {
		this.#warned += 1;
		if (this.#warned <= OUTPUTS.warnings) this.#warnings.push(warning);
	}

	toOutputs(): Outputs {
		const unsaid = this.#warned - OUTPUTS.warnings;
		const warnings = [
			...this.#warnings,
			...(unsaid > 0 ? [`There are ${inEnglish(unsaid)} more such files.`] : []),
			...(this.#count > OUTPUTS.entries ? [leftOut(this.#count)] : []),
		];
		return { files: this.#files, texts: this.#texts, values: this.#values, warnings };
	}

	#add<T>(list: T[], entry: T): void {
		if (!this.isFull) list.push(entry);
		this.#count += 1;
	}
}

function leftOut(count: number): string {
	return `The run put out ${inEnglish(count)} files, texts and values; only the first ${inEnglish(OUTPUTS.entries)} are listed. The outputs of the whole result have the others.`;
}

function inEnglish(count: number): string {
	return count.toLocaleString('en');
}
