/** Of calls for a form: who waits for it would rather see what is wrong. */
export const FORM_RETRIES = { attempts: 2, baseMs: 300, capMs: 1_000 };
