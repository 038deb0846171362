import { type Prepared, Pursuit, type TargetKind } from '../../../../core';
import { annotate } from '../../items/json';
import { optionsField, SUBMIT_OPTIONS, SUBMITTING } from '../../parameters/optionFields';
import { checkDraft, type ItemDraft, readDraft } from '../../parameters/submission';
import { cancelsOnAbort } from '../../session/aborts';
import type { Operation } from '../operation';
import { KINDS, submitFields } from './kinds';

export const submitOperation = (kind: TargetKind): Operation<ItemDraft, Prepared> => ({
	option: { name: 'Submit', ...KINDS[kind].submit },
	description: [...submitFields(kind), optionsField(kind, [...SUBMIT_OPTIONS, ...SUBMITTING])],

	read: (item) => readDraft(item, kind),

	check: checkDraft,

	target: (prepared) => prepared.target,

	async run(prepared, { itemIndex }, session) {
		const own = session.ledger.item(itemIndex);
		const { input, notes } = await prepared.withFiles();
		session.hint(notes.warnings);
		const pursuit = new Pursuit(session.client, own.planned(prepared.target, notes), {
			keep: own.keep,
			input: () => input,
			leave: session.signal,
			// After a stop, `cancelOpen` cancels what RunComfy has accepted in time.
			cancels: (why) => why === 'late' && cancelsOnAbort(session),
		});
		const answer = await pursuit.accepted();
		session.hint(own.notes.warnings);
		return [annotate({ json: { ...answer } }, own.notes)];
	},

	async resume({ answer }, { itemIndex }, { ledger }) {
		return [annotate({ json: { ...answer } }, ledger.item(itemIndex).notes)];
	},
});
