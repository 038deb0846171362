import { toResource } from '../resource';
import { cancel } from './cancel.operation';
import { getResult } from './getResult.operation';
import { getStatus } from './getStatus.operation';
import { runAndWait } from './runAndWait.operation';
import { submit } from './submit.operation';

export const request = toResource('request', {
	runAndWait,
	submit,
	getStatus,
	getResult,
	cancel,
});
