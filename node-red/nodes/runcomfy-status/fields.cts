import { COMMON, REQUEST } from '../../contract/sharedFields.cjs';

export const FIELDS = { ...COMMON, ...REQUEST };
