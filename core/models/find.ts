import type { Client } from '../http/client';
import type { CallOptions } from '../http/exchange';
import { compact } from '../json/objects';
import { listModelCategories, type ModelPage, type ModelQuery, searchModels } from './catalog';

/**
 * One page of the models for what somebody typed into a list: what RunComfy's search finds, and before that those
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
	for (const category of categories.sort((one, other) => other.length - one.length)) {
		const words = category.split(/[-_\s]+/).filter(Boolean);
		const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
		// In any case, with spaces, `-` or `_` between the words.
		const named = new RegExp(`(?<![^-_\\s])${escaped.join('[-_\\s]+')}(?![^-_\\s])`, 'i');
		if (words.length > 0 && named.test(text)) return { category, rest: text.replace(named, '') };
	}
	return undefined;
}
