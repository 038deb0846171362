import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {{name: string, text: string}} WorkflowFile
 * @typedef {{workflows: WorkflowFile[], infos: Array<Record<string, any>>, skipped: string[]}} Corpus
 */

/**
 * The workflows in API format and the dumps of object_info below a folder, told apart by their shape.
 * @param {string} dir
 * @returns {Corpus}
 */
export function readFolder(dir) {
	/** @type {Corpus} */
	const corpus = { workflows: [], infos: [], skipped: [] };
	const names = readdirSync(dir, { recursive: true, encoding: 'utf8' });
	for (const name of names.filter((file) => file.endsWith('.json')).sort()) {
		const text = readFileSync(join(dir, name), 'utf8');
		const kind = kindOf(text);
		if (kind === 'workflow') corpus.workflows.push({ name, text });
		else if (kind === 'info') corpus.infos.push(JSON.parse(text));
		else corpus.skipped.push(name);
	}
	return corpus;
}

/** @param {string} text */
function kindOf(text) {
	let json;
	try {
		json = JSON.parse(text);
	} catch {
		return undefined;
	}
	if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
	const entries = Object.values(json).filter(
		(entry) => typeof entry === 'object' && entry !== null,
	);
	if (entries.length === 0) return undefined;
	if (entries.some((entry) => typeof entry.class_type === 'string')) return 'workflow';
	return entries.every((entry) => typeof entry.input === 'object') ? 'info' : undefined;
}
