import { stringifyJson } from './numbers';
import { isObject } from './objects';

/** A text so long that copying it would block everything else, such as a file of 40 MB as a data URI. */
export class LongText {
	constructor(
		/** Its beginning: enough to tell what it is. */
		readonly start: string,
		/** The rest, of ASCII letters that JSON writes as they are. */
		readonly pieces: readonly string[],
	) {}

	toJSON(): string {
		return this.start + this.pieces.join('');
	}
}

/** Levels of a submit: itself, its overrides, a node, its inputs, a value. */
const LEVELS = 4;

/** A part of a JSON text: its bytes, or a text of ASCII letters. */
export type JsonPiece = string | Uint8Array;

/** As `stringifyJson`: one text, or pieces if a long text is in it. @throws TypeError on a circle */
export function writeJson(value: object): string | JsonPiece[] {
	return holdsLongText(value, LEVELS) ? piecesOf(value, LEVELS) : stringifyJson(value);
}

function piecesOf(value: unknown, levels: number): JsonPiece[] {
	if (value instanceof LongText) {
		return [bytesOf(JSON.stringify(value.start).slice(0, -1)), ...value.pieces, '"'];
	}
	if (!isObject(value) || !holdsLongText(value, levels)) {
		// JSON has nothing for some values.
		const text: string | undefined = stringifyJson(value);
		return text === undefined ? [] : [bytesOf(text)];
	}
	const fields = Object.entries(value).flatMap(([name, field]) => {
		const pieces = piecesOf(field, levels - 1);
		return pieces.length > 0 ? [',', bytesOf(`${JSON.stringify(name)}:`), ...pieces] : [];
	});
	return ['{', ...fields.slice(1), '}'];
}

function bytesOf(text: string): Uint8Array {
	return new TextEncoder().encode(text);
}

function holdsLongText(value: unknown, levels: number): boolean {
	if (value instanceof LongText) return true;
	if (levels === 0 || !isObject(value)) return false;
	return Object.values(value).some((inner) => holdsLongText(inner, levels - 1));
}
