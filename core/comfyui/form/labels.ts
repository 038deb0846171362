import type { WorkflowField } from './describe';
import { fieldPath } from './paths';
import { printable } from './words';

type Labelled = Pick<WorkflowField, 'name' | 'owner' | 'nodeId' | 'input' | 'also'>;

interface Entry {
	field: Labelled;
	label: string;
}

/** Inputs as people see them: with a label that no other one of the list has, and where they are. */
export function labelled<F extends WorkflowField>(
	fields: readonly F[],
): Array<F & { label: string; path: string }> {
	const labels = fieldLabels(fields);
	return fields.map((field, index) => {
		return { ...field, label: labels[index] ?? field.name, path: fieldPath(field) };
	});
}

/** The label of each input in both hosts: a name that no other input of the list has. */
export function fieldLabels(fields: readonly Labelled[]): string[] {
	const entries = fields.map((field) => ({ field, label: field.name }));
	// A whole prompt keeps its name, and its parts get longer ones.
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

/** Characters that n8n's panel shows at its usual width. Node-RED has more room, but people who use both find the same names. */
const LONGEST = 26;

const DOT = ' · ';

// A title helps only where the titles differ.
function withNode(alike: Entry[]): void {
	const owners = alike.map(({ field }) => field.owner);
	if (new Set(owners.map((owner) => owner.toLowerCase())).size === 1) return;
	const whole = alike.every((entry) => entry.field.owner.length <= roomFor(entry));
	const short = whole ? [] : ownWords(owners.map(wordsOf));
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
		const title = owner.length <= left ? owner : firstWords(wordsOf(owner), left);
		const titled = name.toLowerCase().includes(title.toLowerCase());
		if (!titled) entry.label = name + DOT + title;
		entry.label += id;
	}
}

// Such as two inputs of one node with the names "a_b" and "a b".
function withPath(alike: Entry[]): void {
	for (const entry of alike) {
		const { name, nodeId, input } = entry.field;
		entry.label = `${name}${DOT}${printable(nodeId)}.${printable(input)}`;
	}
}

function roomFor({ label }: Entry): number {
	return LONGEST - (label + DOT).length;
}

/** As many words as there is room for, without trailing ones such as "of" that lead nowhere. */
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

/** The titles without the words that all begin with: "high noise" and "low noise" for "Load LoRA high noise" and "Load LoRA low noise". */
function ownWords(titles: string[][]): string[][] {
	const [first = []] = titles;
	const least = titles.reduce((fewest, { length }) => Math.min(fewest, length), Infinity);
	let common = 0;
	while (common < least - 1 && titles.every((words) => words[common] === first[common]))
		common += 1;
	return titles.map((words) => words.slice(common));
}

/** The words of a title, without stray punctuation. A lone word may be a class ("EmptyLatentImage") and is split. */
function wordsOf(title: string): string[] {
	const words = title.split(' ').filter((word) => /[\p{L}\p{N}]/u.test(word));
	return words.length > 1 ? words : apart(words[0] ?? title).split(' ');
}

function apart(name: string): string {
	return name
		.replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
		.replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2');
}
