export { CODES, type ErrorCode } from './codes';
export { itIsNow } from './itIsNow';
export { redact, redactDeep, type Secrets, withoutSecret } from './redact';
export { type ErrorFacts, RunComfyError, toRunComfyError } from './RunComfyError';
