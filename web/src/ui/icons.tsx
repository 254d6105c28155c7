import type { ComponentChildren } from 'preact';

/** Drawn on a 16 px grid with one stroke width; they take the colour of the text around them. */
function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg
      class="icon"
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.4"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export const PlusIcon = () => <Icon><path d="M8 3.5v9M3.5 8h9" /></Icon>;
export const CloseIcon = () => <Icon><path d="m4.5 4.5 7 7m0-7-7 7" /></Icon>;
export const SearchIcon = () => <Icon><circle cx="7" cy="7" r="4" /><path d="m10 10 3.2 3.2" /></Icon>;
export const UpIcon = () => <Icon><path d="m4 9.8 4-4 4 4" /></Icon>;
export const DownIcon = () => <Icon><path d="m4 6.2 4 4 4-4" /></Icon>;
export const BackIcon = () => <Icon><path d="M13 8H3.5m4-4-4 4 4 4" /></Icon>;
export const CheckIcon = () => <Icon><path d="m3.5 8.5 3 3 6-7" /></Icon>;
export const CopyIcon = () => (
  <Icon><rect x="5.5" y="5.5" width="7.5" height="7.5" rx="1.5" /><path d="M3 10.5V4.4C3 3.6 3.6 3 4.4 3h6.1" /></Icon>
);
export const HistoryIcon = () => (
  <Icon><path d="M2.6 5.2A6 6 0 1 1 2 8" /><path d="M2.4 2.4v3h3M8 4.8V8l2.2 1.6" /></Icon>
);
export const SettingsIcon = () => (
  <Icon><path d="M2.5 5h6m3.5 0h1.5M2.5 11H4m3.5 0h6" /><circle cx="10.2" cy="5" r="1.7" /><circle cx="5.8" cy="11" r="1.7" /></Icon>
);
export const EyeIcon = () => (
  <Icon><path d="M1.8 8S4 3.9 8 3.9 14.2 8 14.2 8 12 12.1 8 12.1 1.8 8 1.8 8Z" /><circle cx="8" cy="8" r="1.8" /></Icon>
);
export const HandIcon = () => (
  <Icon>
    <path d="M5.2 8.6V4.1a1 1 0 0 1 2 0m0 3.4V3a1 1 0 0 1 2 0v4.5m0-3a1 1 0 0 1 2 0v4.4c0 2.5-1.5 4.1-3.7 4.1-1.8 0-2.7-.8-3.6-2.5L2.7 8.4c-.4-.8.6-1.6 1.3-.9l1.2 1.4" />
  </Icon>
);
export const AgentIcon = () => (
  <Icon>
    <rect x="3" y="5.5" width="10" height="7" rx="2" /><path d="M8 5.5V3m-2 6.2v-.6m4 .6v-.6M1.6 8.2v1.6m12.8-1.6v1.6" />
  </Icon>
);
export const SparkIcon = () => (
  <Icon><path d="M8 2.2c.5 3.3 2 5 5.6 5.8C10 8.7 8.5 10.4 8 13.8 7.5 10.4 6 8.7 2.4 8 6 7.2 7.5 5.5 8 2.2Z" /></Icon>
);
export const EndIcon = () => <Icon><path d="m4 4 4 4 4-4M4 9l4 4 4-4" /></Icon>;
export const StopIcon = () => <Icon><rect x="4.5" y="4.5" width="7" height="7" rx="1" /></Icon>;
export const PaletteIcon = () => (
  <Icon><circle cx="8" cy="8" r="5.5" /><path d="M8 2.5v11A5.5 5.5 0 0 0 8 2.5Z" fill="currentColor" stroke="none" /></Icon>
);
export const KeyIcon = () => (
  <Icon><circle cx="5.2" cy="10.8" r="2.7" /><path d="m7.2 8.8 5.6-5.6M10.6 5.4l2 2" /></Icon>
);
export const ServerIcon = () => (
  <Icon><rect x="2.5" y="3" width="11" height="4.2" rx="1.2" /><rect x="2.5" y="8.8" width="11" height="4.2" rx="1.2" /><path d="M5 5.1v0m0 5.8v0" /></Icon>
);
export const FolderIcon = () => <Icon><path d="M2.5 12V4.4c0-.6.4-.9.9-.9h3l1.4 1.7h4.8c.5 0 .9.4.9.9V12c0 .5-.4.9-.9.9H3.4a.9.9 0 0 1-.9-.9Z" /></Icon>;
export const FileIcon = () => <Icon><path d="M4.2 2.5h4.9l2.9 2.9v7.2c0 .5-.4.9-.9.9H4.2a.9.9 0 0 1-.9-.9V3.4c0-.5.4-.9.9-.9Z" /><path d="M8.9 2.7v2.9h2.9" /></Icon>;
export const LinkIcon = () => <Icon><path d="M6.8 9.2a2.3 2.3 0 0 0 3.3 0l2.2-2.2a2.3 2.3 0 0 0-3.3-3.3l-.8.8m1 2.3a2.3 2.3 0 0 0-3.3 0L3.7 9a2.3 2.3 0 0 0 3.3 3.3l.8-.8" /></Icon>;
export const TerminalIcon = () => <Icon><rect x="2" y="3" width="12" height="10" rx="1.5" /><path d="m4.8 6 2 2-2 2M8.6 10h2.6" /></Icon>;
export const MoreIcon = () => <Icon><path d="M3.5 8v0m4.5 0v0m4.5 0v0" stroke-width="2.2" /></Icon>;
export const CopyToIcon = () => <Icon><path d="M9.5 3H4.4C3.6 3 3 3.6 3 4.4V13m4-4.5h6m-2.5-2.8L13.3 8.5l-2.8 2.8" /></Icon>;
export const DownloadIcon = () => <Icon><path d="M8 3.2v7m-3-3 3 3 3-3M3 12.8h10" /></Icon>;
export const UploadIcon = () => <Icon><path d="M8 10.5v-7m-3 3 3-3 3 3M3 12.8h10" /></Icon>;
export const NewFolderIcon = () => <Icon><path d="M2.5 12V4.4c0-.6.4-.9.9-.9h3l1.4 1.7h4.8c.5 0 .9.4.9.9V12c0 .5-.4.9-.9.9H3.4a.9.9 0 0 1-.9-.9Z" /><path d="M8 7.3v3.4M6.3 9h3.4" /></Icon>;
export const ReloadIcon = () => <Icon><path d="M13 8a5 5 0 1 1-1.6-3.7" /><path d="M13.2 2.4v2.8h-2.8" /></Icon>;
export const FollowIcon = () => <Icon><path d="M2.5 8h8.2M7.8 4.8 11 8l-3.2 3.2M13.5 3.5v9" /></Icon>;
export const TrashIcon = () => <Icon><path d="M3 4.5h10M6.3 4.3V3h3.4v1.3M4.3 4.7l.5 8h6.4l.5-8M6.7 7v3.5M9.3 7v3.5" /></Icon>;
export const InfoIcon = () => <Icon><circle cx="8" cy="8" r="5.5" /><path d="M8 7.4v3.4M8 5.2v.1" /></Icon>;

/** Two prompts, one a person's and one an agent's. */
export function Mark({ size = 20 }: { size?: number }) {
  return (
    <svg class="mark" width={size} height={size} viewBox="0 0 24 24" fill="none" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
      <path class="mark-person" d="m4 6 6 6-6 6" />
      <path class="mark-agent" d="m13 6 6 6-6 6" />
    </svg>
  );
}
