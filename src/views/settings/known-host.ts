// What the settings offer to fill in for the best-known model host. Nothing is reached by being named here; the user
// allows it, address by address.

/** As its own help lists them for firewalls (July 2026), as far as plain downloads are sent from there. */
export const knownHost = {
  title: 'Hugging Face',
  host: 'https://huggingface.co',
  files: [
    'https://us.aws.cdn.hf.co',
    'https://us.gcp.cdn.hf.co',
    'https://cas-bridge.xethub.hf.co',
    'https://cdn-lfs-us-1.hf.co',
    'https://cdn-lfs-eu-1.hf.co',
  ],
} as const;
