// What is mutated, and by which tests each mutant is tried: those of its folder, and no more than it needs, as every
// one of them is loaded for every mutant.
import { ALL } from './areas/all.mjs';
import { CORE } from './areas/core.mjs';
import { HOSTS } from './areas/hosts.mjs';
import { WORKFLOW } from './areas/workflow.mjs';

/**
 * @typedef {object} Area
 * @property {string} folder its name, and where its files are
 * @property {readonly string[]} files patterns of names in the folder
 * @property {readonly string[]} tests patterns below test/
 * @property {true} [built] whether its tests load dist/
 * @property {true} [sources] whether its tests load dist/, and the sources may stand in for that: no build
 * @property {readonly string[]} [only] the files of it that are wanted; all by default
 */

/** @type {readonly Area[]} */
export const AREAS = [...CORE, ...WORKFLOW, ...HOSTS];

/**
 * The areas that the words name: a folder with all below it, or a file of one.
 * @param {readonly string[]} words none: all
 * @param {readonly Area[]} areas
 * @returns {Area[]}
 */
export function areasFor(words, areas = AREAS) {
	if (words.length === 0) return [...areas];
	return areas.flatMap((area) => {
		if (words.some((word) => `${area.folder}/`.startsWith(`${word}/`))) return [area];
		const files = words.filter((word) => isFile(word) && areaOf(word, areas) === area);
		return files.length > 0 ? [{ ...area, only: files }] : [];
	});
}

/** @param {string} word */
const isFile = (word) => /\.[cm]?ts$/.test(word);

/**
 * The area that names the file itself, or else the innermost one around it that has more than it names.
 * @param {string} file
 * @param {readonly Area[]} areas
 */
function areaOf(file, areas) {
	const around = areas.filter(({ folder }) => file.startsWith(`${folder}/`));
	const named = around.find(({ folder, files }) => files.includes(file.slice(folder.length + 1)));
	const open = around.filter(({ files }) => files.some((file) => file.includes('*')));
	return named ?? open.sort((one, other) => other.folder.length - one.folder.length)[0];
}

/** A name for a file of its own. @param {Area} area */
export const nameOf = ({ folder, files }) => [folder, ...files].join('-').replace(/[^\w.]+/g, '-');

/**
 * The patterns of the files of an area, without those that another one names.
 * @param {Area} area
 * @param {readonly Area[]} areas
 */
export function mutated({ folder, files, only }, areas = AREAS) {
	if (only) return [...only];
	if (files !== ALL) return files.map((file) => `${folder}/${file}`);
	const others = areas.filter((other) => other.files !== ALL || other.folder !== folder);
	const theirs = others
		.filter((other) => `${other.folder}/`.startsWith(`${folder}/`))
		.flatMap((other) => other.files.map((file) => `!${other.folder}/${file}`));
	return [`${folder}/**/*.ts`, ...theirs];
}

/** @param {Area} area */
export const testedBy = ({ tests }) => tests.map((test) => `<rootDir>/test/${test}.test.mts`);
