// Whole workflows that a submit sends.

/** Puts out the picture that it loads. */
export const PICTURE_BACK = {
	1: { class_type: 'LoadImage', inputs: { image: 'https://example.com/a.png' } },
	2: { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'a' } },
};

/** A picture with a width of 0. */
export const NO_WIDTH = {
	1: { class_type: 'EmptyLatentImage', inputs: { width: 0, height: 512, batch_size: 1 } },
	2: {
		class_type: 'CheckpointLoaderSimple',
		inputs: { ckpt_name: 'sd3.5_large_fp8_scaled.safetensors' },
	},
	3: { class_type: 'VAEDecode', inputs: { samples: ['1', 0], vae: ['2', 2] } },
	4: { class_type: 'SaveImage', inputs: { images: ['3', 0], filename_prefix: 'a' } },
};
