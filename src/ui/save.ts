// Hands a file to the browser's downloads. Keeps nothing.

/** Saves under `name`; characters that file systems refuse become hyphens. */
export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName(name);
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 30_000);
}

export function fileName(name: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are among what must go
  return name.replace(/[\u0000-\u001f<>:"/\\|?*]+/g, '-').replace(/^\.+|[. ]+$/g, '') || 'file';
}
