import type { EditorNode } from './graph';

/** What a node that only the editor knows stands for in the graph that runs. */
export type Role =
	/** Nothing: a note, or a switch for other nodes whose state is saved with them. */
	| 'nothing'
	/** What comes in. */
	| 'wire'
	/** The value that it holds. */
	| 'value'
	/** What comes in at the node that sets the same name. */
	| 'get'
	/** Links that are drawn nowhere. */
	| 'broadcast'
	/** A group of nodes in one, of before there were subgraphs. */
	| 'group';

const ROLES: readonly [RegExp, Role][] = [
	[/^(Markdown)?Note( Plus \(mtb\))?$/, 'nothing'],
	[/^Label \(rgthree\)$/, 'nothing'],
	[/^(Fast|Random|Mute|Bookmark|Node Collector)\b.*\(rgthree\)$/, 'nothing'],
	[/^Reroute( \(rgthree\))?$/, 'wire'],
	[/^(Set|easy set)Node$/, 'wire'],
	[/^(Get|easy get)Node$/, 'get'],
	[/^PrimitiveNode$/, 'value'],
	[/^(Anything|Prompts|Seed) Everywhere/, 'broadcast'],
	[/^workflow[>/]/, 'group'],
];

/** The role of a node that only the editor knows; undefined for one that ComfyUI runs. */
export function roleOf({ classType }: Pick<EditorNode, 'classType'>): Role | undefined {
	return ROLES.find(([pattern]) => pattern.test(classType))?.[1];
}
