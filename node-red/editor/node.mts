// The default definition of a node with an input and an output. The build inserts the node's type and table of fields,
// and generates a page per node. Nodes that differ have an `editor.mts` in their own folder.
import { checkedBy, labelStyle, translated } from './definition.mts';
import { toText } from './form.mts';

const checked = checkedBy(FIELDS);
const NAME = TYPE.replace('runcomfy-', 'RunComfy ');

RED.nodes.registerType(TYPE, {
	category: 'RunComfy',
	color: '#BFB2DE',
	icon: `${TYPE}.svg`,
	defaults: defaultsWith(checked),
	inputs: 1,
	outputs: 1,
	inputLabels: translated('runcomfy.port.request'),
	outputLabels(index) {
		return index === 1 ? this._('runcomfy.port.progress') : this._('runcomfy.port.result');
	},
	paletteLabel: NAME,
	label() {
		return this.name || toText(this['targetName']) || NAME;
	},
	labelStyle,
	oneditprepare() {
		runcomfyEditor.prepareDialog(this, FIELDS);
	},
	oneditsave() {
		runcomfyEditor.saveDialog(this);
	},
	oneditresize(size) {
		runcomfyEditor.resizeDialog(size);
	},
});
