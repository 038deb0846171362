import { commonFields, REQUEST } from '../../contract/sharedFields.cjs';

export const FIELDS = { ...commonFields('runcomfy-status'), ...REQUEST };
