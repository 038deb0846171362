/** Names of inputs that take a picture, video or sound. */
export const MEDIA_INPUTS = ['image', 'video', 'audio', 'file', 'mask', 'audio_file'];

/** Such as LoadImage, VHS_LoadVideoPath, ETN_LoadImageBase64 and MultibandLoad. */
const LOADERS = /Load(Image|Video|Audio|Mask|Media)|(Image|Video|Audio|Mask|Media|Multiband)Load/i;

/** Whether the input names the picture, video or sound that a node of this class loads. */
export function loadsMedia(classType: string, input: string): boolean {
	return LOADERS.test(classType) && MEDIA_INPUTS.includes(input);
}

/** Whether the input is a seed, such as `seed`, `noise_seed` and `model.seed`. */
export function isSeed(input: string): boolean {
	return /(^|[ _.])seed$/i.test(input);
}
