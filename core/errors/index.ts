export { CODES, type ErrorCode } from './codes';
export { itIsNow } from './itIsNow';
export { messageOf } from './messageOf';
export { redact, redactDeep, type Secrets, withoutSecret } from './redact';
export { type ErrorFacts, RunComfyError, toRunComfyError } from './RunComfyError';
