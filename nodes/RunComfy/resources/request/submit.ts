import { type Prepared, Pursuit } from '../../../../core';
import { annotate } from '../../items/json';
import { optionsField, SUBMIT_OPTIONS, SUBMITTING } from '../../parameters/optionFields';
import { checkDraft, inputFields, type ItemDraft, readDraft } from '../../parameters/submission';
import { cancelsOnAbort } from '../../session/aborts';
import type { Operation } from '../operation';

export const submit: Operation<ItemDraft, Prepared> = {
	option: {
		name: 'Submit',
		action: 'Submit ComfyUI workflow',
		description: 'Start a ComfyUI workflow on a GPU and continue immediately with the request ID',
	},
	description: [...inputFields, optionsField([...SUBMIT_OPTIONS, ...SUBMITTING])],

	read: readDraft,

	check: checkDraft,

	target: (prepared) => prepared.target,

	async run(prepared, { itemIndex, options }, session) {
		const own = session.ledger.item(itemIndex);
		const { input, notes } = await prepared.withFiles();
		session.hint(notes.warnings);
		const cancels = { onStop: options.cancelOnStop ?? true, onFailure: true };
		const pursuit = new Pursuit(session.client, own.planned(prepared.target, notes), {
			keep: own.keep,
			input: () => input,
			leave: session.signal,
			// Before the answer to the submit has come, `cancelRest` takes care of the cancel.
			cancels: (why) => why === 'late' && cancelsOnAbort(session, cancels),
		});
		const answer = await pursuit.accepted();
		session.hint(own.notes.warnings);
		return [annotate({ json: { ...answer } }, own.notes)];
	},

	async resume({ answer }, { itemIndex }, { ledger }) {
		return [annotate({ json: { ...answer } }, ledger.item(itemIndex).notes)];
	},
};
