import { decodeText, type Tags } from '../../../core/workflow/import/files/tag';

export const hex = (digits: string) => Buffer.from(digits.replace(/ /g, ''), 'hex');
export const ascii = (text: string) => Buffer.from(text, 'latin1');
export const join = (...parts: Buffer[]) => Buffer.concat(parts);

/** What was found in a file: its texts by their names, and whether it is cut off. */
export const found = ({ tags, cut }: Tags) => [
	Object.fromEntries(tags.map(({ name, value }) => [name, decodeText(value)])),
	cut,
];
