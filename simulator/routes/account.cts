import type { Reply } from '../reply.cjs';
import { json } from '../reply.cjs';

const BALANCE_MICRODOLLARS = 25_000_000;

/** `GET /prod/v2/balance` */
export const balance = (): Reply =>
	json({
		balance_usd: BALANCE_MICRODOLLARS / 1e6,
		balance_microdollars: BALANCE_MICRODOLLARS,
		currency: 'USD',
	});
