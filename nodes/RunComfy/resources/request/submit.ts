import type { Draft, Prepared, TargetKind } from '../../../../core';
import { annotate } from '../../items/json';
import { optionsField, SUBMIT_OPTIONS, SUBMITTING } from '../../parameters/optionFields';
import { checkDraft, readDraft } from '../../parameters/submission';
import type { Operation } from '../operation';
import { KINDS, submitFields } from './kinds';

export const submitOperation = (kind: TargetKind): Operation<Draft, Prepared> => ({
	option: { name: 'Submit', ...KINDS[kind].submit },
	description: [...submitFields(kind), optionsField(kind, [...SUBMIT_OPTIONS, ...SUBMITTING])],

	read: (item) => readDraft(item, kind),

	check: checkDraft,

	submits: (prepared) => prepared,

	accepted: ({ answer, notes = { warnings: [] } }) => [annotate({ json: { ...answer } }, notes)],
});
