// Holds the UI's own types of the API against the ones that the method table generates: tests/server/generated.spec.mjs
// writes `api.ts` beside a copy of this file and type-checks it. Nothing runs.
import type { CommandInfo, CommandOutput, CreateTerminal, NewToken, ServerInfo, ServerSettings, TerminalInfo, TokenInfo } from '../src/core/api-types';
import type { FileEntry, Listing, ReadText, Removed, Written } from '../src/core/files-api';
import type { ConnectionChange, Forward, ForwardRequest, HostKey, ImportRequest, ImportResult, TestResult } from '../src/core/ssh-api';
import type { Copy, CopyOrder } from '../src/core/transfers-api';
import type { Methods } from './api';

type Result<M extends keyof Methods> = Methods[M]['result'];
type Params<M extends keyof Methods> = Methods[M]['params'];

/** What the server answers can be read as what the UI expects. */
function reads<Expected>() {
  return <Answered extends Expected>(_?: Answered) => undefined;
}

reads<TerminalInfo>()<Result<'terminal.get'>>();
reads<TerminalInfo>()<Result<'terminal.create'>>();
reads<TerminalInfo>()<Result<'sessions'>['sessions'][number]>();
reads<CommandInfo>()<Result<'terminal.commands'>['commands'][number]>();
reads<CommandInfo>()<Result<'commands.search'>['commands'][number]>();
reads<CommandOutput>()<Result<'terminal.output'>>();
reads<TokenInfo>()<Result<'tokens.list'>['tokens'][number]>();
reads<ServerInfo>()<Result<'server.info'>>();
reads<HostKey>()<Result<'ssh.host_keys.show'>>();
reads<TestResult>()<Result<'ssh.connections.test'>>();
reads<ImportResult>()<Result<'ssh.connections.import'>>();
reads<Forward>()<Result<'ssh.forwards.open'>>();
reads<Forward>()<Result<'ssh.forwards.list'>['forwards'][number]>();
reads<Listing>()<Result<'files.list'>>();
reads<FileEntry>()<Result<'files.stat'>['info']>();
reads<ReadText>()<Result<'files.read'>>();
reads<Written>()<Result<'files.write'>>();
reads<Removed>()<Result<'files.remove'>>();
reads<Copy>()<Result<'transfer.get'>>();
reads<Copy>()<Result<'transfer.list'>['transfers'][number]>();

/** What the UI sends is what the method takes. */
reads<Params<'terminal.create'>>()<CreateTerminal>();
reads<Params<'tokens.create'>>()<NewToken>();
reads<Params<'settings.set'>>()<Partial<ServerSettings>>();
reads<Params<'ssh.connections.create'>>()<ConnectionChange & { host: string; username: string }>();
reads<Params<'ssh.connections.import'>>()<ImportRequest>();
reads<Params<'ssh.forwards.open'>>()<ForwardRequest>();
reads<Params<'transfer.start'>>()<CopyOrder>();
