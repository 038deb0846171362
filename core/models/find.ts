import type { Client } from '../http/client';
import type { CallOptions } from '../http/exchange';
import { compact } from '../json/objects';
import { listModelCategories, type ModelPage, type ModelQuery, searchModels } from './catalog';

/**
 * One page of the models for what a user typed into a list: what RunComfy's search finds, and before that those
 * of a category that the text names ("flux text to image"), since that search is not known to look at categories.
 * @throws RunComfyError
 */
export async function findModels(
	client: Client,
	query: Pick<ModelQuery, 'search' | 'limit' | 'offset'>,
	options: CallOptions = {},
): Promise<ModelPage> {
	const { search = '' } = query;
	const [found, named] = await Promise.all([
		searchModels(client, query, options),
		search.trim() === '' ? undefined : categoryIn(client, search, options),
	]);
	if (!named) return found;
	const { category, rest } = named;
	const page = await searchModels(client, { ...query, category, search: rest }, options);
	const others = found.models.filter(({ categories }) => !categories.includes(category));
	const nextOffset = page.nextOffset ?? found.nextOffset;
	return { models: [...page.models, ...others], ...compact({ nextOffset }) };
}

/** The longest category that a text names, and the text without it; undefined if there is none. */
async function categoryIn(
	client: Client,
	text: string,
	options: CallOptions,
): Promise<{ category: string; rest: string } | undefined> {
	const categories = await listModelCategories(client, options).catch((): string[] => []);
	const words = wordsOf(text);
	for (const category of categories.sort((one, other) => other.length - one.length)) {
		const named = wordsOf(category);
		const at = words.findIndex((_, from) =>
			named.every(({ word }, i) => words[from + i]?.word === word),
		);
		const [first, last] = [words[at], words[at + named.length - 1]];
		if (named.length === 0 || !first || !last) continue;
		return { category, rest: text.slice(0, first.begin) + text.slice(last.end) };
	}
	return undefined;
}

/** Words in any case, with spaces, `-` or `_` between them. */
function wordsOf(text: string): Array<{ word: string; begin: number; end: number }> {
	return [...text.matchAll(/[^-_\s]+/g)].map(({ 0: word, index: begin }) => ({
		word: word.toLowerCase(),
		begin,
		end: begin + word.length,
	}));
}
