// The definition of a node that takes messages and sends them on. The build makes the page of each such node from it, and
// puts in the node's type and the table of its fields. A node that differs has an `editor.mts` in its own folder.
import { checkedBy, labelStyle, text } from './definition.mts';
import { textOf } from './form.mts';

const checked = checkedBy(FIELDS);
const NAME = TYPE.replace('runcomfy-', 'RunComfy ');

RED.nodes.registerType(TYPE, {
	category: 'RunComfy',
	color: '#BFB2DE',
	icon: `${TYPE}.svg`,
	defaults: defaultsWith(checked),
	inputs: 1,
	outputs: 1,
	inputLabels: text('runcomfy.port.request'),
	outputLabels(index) {
		return index === 1 ? this._('runcomfy.port.progress') : this._('runcomfy.port.result');
	},
	paletteLabel: NAME,
	label() {
		return this.name || textOf(this['targetName']) || NAME;
	},
	labelStyle,
	oneditprepare() {
		runcomfyEditor.prepare(this, FIELDS);
	},
	oneditsave() {
		runcomfyEditor.save(this);
	},
	oneditresize(size) {
		runcomfyEditor.resize(size);
	},
});
