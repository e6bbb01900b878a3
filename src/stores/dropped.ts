// Files out of a drop, folders walked through. Order as the folders list them.

/** All files dropped. `paths`: those of folders carry their path as the name, where it says what they are. */
export async function droppedFiles(transfer: DataTransfer, { paths = false } = {}): Promise<File[]> {
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry?.() ?? null);
  const plain = Array.from(transfer.files);
  if (!entries.some((entry) => entry?.isDirectory)) return plain;
  const files: File[] = [];
  for (const entry of entries) if (entry) await walk(entry, files, paths);
  return files.filter((file) => !file.name.startsWith('.'));
}

async function walk(entry: FileSystemEntry, into: File[], paths: boolean): Promise<void> {
  if (entry.isFile) {
    const source = entry as FileSystemFileEntry;
    const file = await new Promise<File>((resolve, reject) => source.file(resolve, reject));
    into.push(paths ? new File([file], entry.fullPath.slice(1), { type: file.type }) : file);
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (batch.length === 0) return;
    for (const child of batch) await walk(child, into, paths);
  }
}
