// A plugin of Stryker: texts of several words are read by people, not by code.
import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

const WORDS = /\S\s+\S/;

/** @type {import('@stryker-mutator/api/ignore').Ignorer} */
const texts = {
	shouldIgnore(path) {
		const { node } = /** @type {{node: any}} */ (path);
		const parts =
			node.type === 'TemplateLiteral'
				? node.quasis.map((/** @type {any} */ part) => part.value.raw)
				: node.type === 'StringLiteral'
					? [node.value]
					: [];
		return parts.some((/** @type {string} */ text) => WORDS.test(text))
			? 'A text for people.'
			: undefined;
	},
};

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, 'texts', texts)];
