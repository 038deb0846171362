export { CODES, type ErrorCode } from './codes';
export { itIsNow } from './itIsNow';
export { redact, redactDeep, withoutSecret } from './redact';
export { RunComfyError, toRunComfyError, type ErrorFacts } from './RunComfyError';
