export { CODES, type ErrorCode } from './codes';
export { redact, RunComfyError, toRunComfyError, type ErrorFacts } from './RunComfyError';
