/** Limit on the length of the part before the data. */
const LONGEST_HEAD = 4096;

export interface DataUri {
	/** Empty if the data URI names no type. */
	mimeType: string;
	/** For example `;charset=utf-8`. */
	parameters: string;
	base64: boolean;
	/** Offset of the data. */
	begin: number;
}

export function readDataUri(uri: string): DataUri | undefined {
	const head = /^data:([^;,]*)((?:;[^;,]+)*?)(;base64)?,/i.exec(uri.slice(0, LONGEST_HEAD));
	if (!head) return undefined;
	const [all, mimeType = '', parameters = '', base64] = head;
	return { mimeType, parameters, base64: base64 !== undefined, begin: all.length };
}
