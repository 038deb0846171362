import { toResource } from '../resource';
import { callInstance } from './callInstance.operation';
import { create } from './create.operation';
import { remove } from './delete.operation';
import { get } from './get.operation';
import { getMany } from './getMany.operation';
import { update } from './update.operation';

export const deployment = toResource('deployment', {
	getMany,
	get,
	create,
	update,
	delete: remove,
	callInstance,
});
