import { shorten } from '../text';
import type { InputRef } from './inputSpec';
import { printable, readAlike } from './words';

interface Named extends InputRef {
	also?: readonly InputRef[];
	classType: string;
	title: string;
	name: string;
}

/** Adds to each field a label that is unique in the list, and the path that shows where the input is. */
export function labelled<F extends Named>(
	fields: readonly F[],
): Array<F & { label: string; path: string }> {
	const labels = labelsOf(fields);
	return fields.map((field, index) => {
		return { ...field, label: labels[index] ?? field.name, path: pathOf(field) };
	});
}

/** The labels of fields. Each step makes those longer that still read alike. */
function labelsOf(fields: readonly Named[]): string[] {
	let labels = fields.map(({ name }) => name);
	for (const longer of [withTitle, withId, withInput]) {
		const all = countsOf(labels);
		// The field for a whole prompt keeps the short name; the fields for its parts get longer ones.
		const wholes = countsOf(labels.filter((_label, index) => fields[index]?.also));
		labels = labels.map((label, index) => {
			const field = fields[index]!;
			const isAlone = (field.also ? wholes : all).get(label.toLowerCase()) === 1;
			return isAlone ? label : longer(field);
		});
	}
	return labels;
}

function countsOf(labels: readonly string[]): Map<string, number> {
	const counts = new Map<string, number>();
	for (const label of labels) {
		const key = label.toLowerCase();
		counts.set(key, (counts.get(key) ?? 0) + 1);
	}
	return counts;
}

/**
 * Characters that fit in n8n's panel at its usual width: labels that differ only beyond would look the same. Node-RED
 * has more room, but uses the same labels, so that people who use both hosts recognize them.
 */
const LONGEST = 26;

function withTitle(field: Named): string {
	const { name, title } = field;
	return name === title ? withId(field) : shorten(`${name} · ${title}`, LONGEST);
}

function withId({ name, nodeId }: Named): string {
	return `${name} · #${printable(nodeId)}`;
}

// For names such as those of the inputs "a_b" and "a b" of one node.
function withInput({ name, nodeId, input }: Named): string {
	return `${name} · ${printable(nodeId)}.${printable(input)}`;
}

/** Tells users where an input is, such as "27 · Image Size (EmptyLatentImage) → width". A model has no nodes. */
function pathOf({ nodeId, title, classType, input, also = [] }: Named): string {
	if (nodeId === '') return input;
	const shown = readAlike(classType, title) ? title : `${title} (${printable(classType)})`;
	const further = also.map((other) => {
		const name = printable(other.input);
		return other.nodeId === nodeId ? name : `${printable(other.nodeId)} → ${name}`;
	});
	return `${printable(nodeId)} · ${shown} → ${[printable(input), ...further].join(', ')}`;
}
