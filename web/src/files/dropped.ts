/** What was dropped or chosen: folders, the outer ones first, and files with their way from where they are put. */
export interface Dropped {
  folders: string[];
  files: { path: string; file: File }[];
}

const entries_of = (reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> => new Promise((resolve, reject) => reader.readEntries(resolve, reject));

const file_of = (entry: FileSystemFileEntry): Promise<File> => new Promise((resolve, reject) => entry.file(resolve, reject));

async function walk(entry: FileSystemEntry, before: string, found: Dropped): Promise<void> {
  const path = before + entry.name;
  if (entry.isFile) {
    found.files.push({ path, file: await file_of(entry as FileSystemFileEntry) });
    return;
  }
  found.folders.push(path);
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // It gives a hundred at a time.
  for (let some = await entries_of(reader); some.length > 0; some = await entries_of(reader)) {
    for (const inner of some) await walk(inner, `${path}/`, found);
  }
}

/** The entries must be taken before the event is over; what is in them comes later. */
export async function read_dropped(data: DataTransfer): Promise<Dropped> {
  const found: Dropped = { folders: [], files: [] };
  const entries = [...data.items].filter((item) => item.kind === 'file').map((item) => item.webkitGetAsEntry());
  const plain = [...data.files];
  if (entries.every((entry) => entry === null)) return { folders: [], files: plain.map((file) => ({ path: file.name, file })) };
  for (const entry of entries) if (entry) await walk(entry, '', found);
  return found;
}

/** Of a field for files: a chosen folder says the way of each file. */
export function read_chosen(list: FileList): Dropped {
  const files = [...list].map((file) => ({ path: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath, file }));
  const folders = new Set<string>();
  for (const { path } of files) {
    const parts = path.split('/').slice(0, -1);
    parts.forEach((_, index) => folders.add(parts.slice(0, index + 1).join('/')));
  }
  return { folders: [...folders].sort(), files };
}
