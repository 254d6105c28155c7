#pragma once
// What is needed to connect, out of a stored connection and the machine's files. Blocks.
#include <duotty/link/protocol.hpp>
#include <duotty/remote/link_pool.hpp>
#include <duotty/store/connection_store.hpp>

#include "connection_types.hpp"

namespace duotty::remote {

/// The part of a row that the methods own.
SshProfile profile_of(const store::ConnectionRow& row);
/// Where a connection leads: a link to another target is another connection.
std::string target_of(const store::ConnectionRow& row, const SshProfile& profile);
/// How to connect; `known` are the types of keys that are accepted for the host.
link::Connect plan_connect(const store::ConnectionRow& row, const SshProfile& profile,
                           const std::vector<std::string>& known, const LinkPoolOptions& options);
/// How to sign in. Errors: not_configured when what the connection says it uses is not there or cannot be read.
base::Result<link::SignIn> plan_sign_in(const store::ConnectionRow& row, const SshProfile& profile,
                                        const store::ConnectionSecrets& secrets, const std::string& home);

/// What all the files say of a host's key: a revoked one is revoked, one that any accepts is known. Files that are not
/// there say nothing. Errors: too_large.
base::Result<HostKeyFacts> judge_host_key(const LinkPoolOptions& options, const std::string& host, std::uint16_t port,
                                          const ssh::HostKey& key);
/// The types of keys that the files accept for a host.
std::vector<std::string> known_types(const LinkPoolOptions& options, const std::string& host, std::uint16_t port);

}  // namespace duotty::remote
