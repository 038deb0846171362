import { expect, it } from '@jest/globals';
import { matching } from '../../../node-red/editor/combobox.mts';

const entries = ['flux-text-to-image', 'text-to-image-fast', 'text-to-image', 'upscale'].map(
	(label, at) => ({ value: `id-${at}`, label }),
);
const labels = (filter: string) => matching(entries, filter).map(({ label }) => label);

it('offers first the entry of that name, then those that begin with it', () => {
	const found = ['text-to-image', 'text-to-image-fast', 'flux-text-to-image'];
	expect(labels(' Text-to-Image ')).toEqual(found);
	expect(labels('text-to-im')).toEqual([found[1], found[0], found[2]]);
});

it('finds the words in any order, and ids', () => {
	expect(labels('image flux')).toEqual(['flux-text-to-image']);
	expect(labels('id-3')).toEqual(['upscale']);
	expect(labels('')).toHaveLength(4);
	expect(labels('nothing')).toEqual([]);
});
