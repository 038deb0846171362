import { printable } from '../../form/words';
import type { WorkflowField } from './describe';
import { fieldPath } from './paths';

type Labelled = Pick<WorkflowField, 'name' | 'owner' | 'nodeId' | 'input' | 'also'>;

interface Entry {
	field: Labelled;
	label: string;
}

/** Adds to each field a label that is unique in the list, and the path that shows where the input is. */
export function labelled<F extends WorkflowField>(
	fields: readonly F[],
): Array<F & { label: string; path: string }> {
	const labels = fieldLabels(fields);
	return fields.map((field, index) => {
		return { ...field, label: labels[index] ?? field.name, path: fieldPath(field) };
	});
}

/** The label of each field, unique in the list. Both hosts show these labels. */
export function fieldLabels(fields: readonly Labelled[]): string[] {
	const entries = fields.map((field) => ({ field, label: field.name }));
	// The field for a whole prompt keeps the short name; the fields for its parts get longer names.
	const wholes = entries.filter(({ field }) => field.also);
	const parts = entries.filter(({ field }) => !field.also);
	for (const longer of [withNode, withId, withPath]) {
		for (const alike of groupsOf(wholes)) longer(alike);
	}
	for (const longer of [withNode, withId, withPath]) {
		for (const alike of groupsOf(entries)) longer(alike.filter((entry) => parts.includes(entry)));
	}
	return entries.map(({ label }) => label);
}

function groupsOf(entries: Entry[]): Entry[][] {
	const groups = new Map<string, Entry[]>();
	for (const entry of entries) {
		const key = entry.label.toLowerCase();
		const group = groups.get(key);
		if (group) group.push(entry);
		else groups.set(key, [entry]);
	}
	return [...groups.values()].filter(({ length }) => length > 1);
}

/**
 * Characters that fit in n8n's panel at its usual width. Node-RED has more room, but uses the same labels, so that
 * people who use both hosts recognize them.
 */
const LONGEST = 26;

const DOT = ' · ';

// The node's title only helps if the titles differ.
function withNode(alike: Entry[]): void {
	const owners = alike.map(({ field }) => field.owner);
	if (new Set(owners.map((owner) => owner.toLowerCase())).size === 1) return;
	const whole = alike.every((entry) => entry.field.owner.length <= roomFor(entry));
	const short = whole ? [] : ownWords(owners.map(titleWords));
	for (const [index, entry] of alike.entries()) {
		const words = short[index] ?? [];
		const room = roomFor(entry);
		const last = words.at(-1) ?? '';
		const title = whole
			? entry.field.owner
			: firstWords(words, room) || (last.length <= room ? last : '');
		if (title !== '') entry.label += DOT + title;
	}
}

function withId(alike: Entry[]): void {
	for (const entry of alike) {
		const { name, owner, nodeId } = entry.field;
		const id = `${DOT}#${printable(nodeId)}`;
		const room = LONGEST - id.length;
		entry.label = firstWords(name.split(' '), room) || name;
		const left = room - (name + DOT).length;
		const title = owner.length <= left ? owner : firstWords(titleWords(owner), left);
		const titled = name.toLowerCase().includes(title.toLowerCase());
		if (!titled) entry.label = name + DOT + title;
		entry.label += id;
	}
}

// The last resort for labels that are still the same, such as those of the inputs "a_b" and "a b" of one node.
function withPath(alike: Entry[]): void {
	for (const entry of alike) {
		const { name, nodeId, input } = entry.field;
		entry.label = `${name}${DOT}${printable(nodeId)}.${printable(input)}`;
	}
}

function roomFor({ label }: Entry): number {
	return LONGEST - (label + DOT).length;
}

/** As many words as fit, without a dangling "of" or "the" at the end. */
function firstWords(words: string[], room: number): string {
	let count = 0;
	while (count < words.length && words.slice(0, count + 1).join(' ').length <= room) count += 1;
	if (count === words.length) return words.join(' ');
	const text = words.slice(0, count).join(' ');
	const bracket = text.lastIndexOf('(');
	const open = bracket !== -1 && !text.includes(')', bracket);
	const left = (open ? text.slice(0, bracket).trimEnd() : text).split(' ');
	while (LINKING.test(left.at(-1) ?? '')) left.pop();
	return left.join(' ');
}

const LINKING =
	/^(a|an|the|and|or|to|of|in|on|for|from|with|by|load|save|apply|create|make|add|get|set|use)$/iu;

/**
 * Drops the words that all titles begin with: "Load LoRA high noise" and "Load LoRA low noise" become "high noise"
 * and "low noise".
 */
function ownWords(titles: string[][]): string[][] {
	const [first = []] = titles;
	const least = titles.reduce((fewest, { length }) => Math.min(fewest, length), Infinity);
	let common = 0;
	while (common < least - 1 && titles.every((words) => words[common] === first[common]))
		common += 1;
	return titles.map((words) => words.slice(common));
}

/**
 * The words of a title, without stray punctuation. A single word may be a class name such as "EmptyLatentImage", so
 * it is split.
 */
function titleWords(title: string): string[] {
	const words = title.split(' ').filter((word) => /[\p{L}\p{N}]/u.test(word));
	return words.length > 1 ? words : apart(words[0] ?? title).split(' ');
}

function apart(name: string): string {
	return name
		.replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
		.replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2');
}
