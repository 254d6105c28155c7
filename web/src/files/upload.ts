import type { App } from '../app/context';
import { content_path } from '../core/files-api';
import { ApiError, error_from } from '../core/rpc-client';
import type { Piece, PieceAnswer, Sending, Source } from '../core/transfers';

function read_answer(text: string, piece: Piece): PieceAnswer {
  const body = JSON.parse(text) as Partial<PieceAnswer>;
  return { complete: body.complete !== false, skipped: body.skipped === true, offset: body.offset ?? piece.size, path: body.path ?? piece.path };
}

/** fetch tells nothing of what has gone out; this can. */
function send_piece(app: App, file: File, piece: Piece, probe: boolean): Sending {
  const xhr = new XMLHttpRequest();
  const { place, path, size, offset, upload_id, conflict } = piece;
  xhr.open('PUT', content_path(place, path, { conflict, size: String(size), offset: String(offset), upload_id }));
  xhr.setRequestHeader('X-Duotty', '1');
  xhr.setRequestHeader('Content-Type', 'application/octet-stream');
  const done = new Promise<PieceAnswer>((resolve, reject) => {
    const unreachable = (): void => reject(new ApiError(0, 'unreachable', app.t('app.unreachable')));
    xhr.upload.onprogress = (event) => {
      if (!probe) piece.on_progress(event.loaded);
    };
    xhr.onerror = unreachable;
    xhr.ontimeout = unreachable;
    xhr.onabort = unreachable;
    xhr.onload = () => {
      if (xhr.status === 401) app.rpc.on_unauthorized.fire();
      if (xhr.status >= 400) return reject(error_from({ status: xhr.status, text: xhr.responseText }));
      try {
        resolve(read_answer(xhr.responseText, piece));
      } catch {
        reject(new ApiError(xhr.status, 'bad_answer', 'The server sent something unreadable.'));
      }
    };
  });
  xhr.send(probe ? '' : file.slice(offset));
  return { done, cancel: () => xhr.abort() };
}

export function file_source(app: App, file: File): Source {
  return { size: file.size, send: (piece, probe) => send_piece(app, file, piece, probe) };
}
