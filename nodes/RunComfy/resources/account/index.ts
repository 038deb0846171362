import { toResource } from '../resource';
import { getBalance } from './getBalance.operation';

export const account = toResource('account', { getBalance });
